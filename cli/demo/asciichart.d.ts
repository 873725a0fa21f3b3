/** The package brings no types. */
declare module 'asciichart' {
  export function plot(
    series: readonly number[],
    settings: { height: number; min: number; max: number; format: (value: number) => string },
  ): string;
}
