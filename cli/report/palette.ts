/** Colours by name, in a light and a dark page: charts name them, and the page says what they are. */
const COLOURS = {
  text: ['#1b1f24', '#e6e8eb'],
  muted: ['#5b6570', '#9aa4ae'],
  line: ['#d8dde2', '#343b43'],
  surface: ['#ffffff', '#15191e'],
  card: ['#f6f8fa', '#1d2228'],
  bad: ['#b42318', '#ff8a7a'],
  // Told apart by people of any colour vision, after Okabe and Ito.
  blue: ['#0072b2', '#56b4e9'],
  orange: ['#d55e00', '#f08a3c'],
  green: ['#00845f', '#2fc99a'],
  yellow: ['#b58900', '#f0d24a'],
  purple: ['#a4548a', '#dd9bc6'],
  grey: ['#7d8790', '#8b96a1'],
} as const;

export type Colour = keyof typeof COLOURS;

const SERIES_COLOURS: readonly Colour[] = ['blue', 'orange', 'green', 'purple', 'yellow', 'grey'];

/** Of the series that comes as the given one, from 0. */
export function seriesColour(index: number): Colour {
  return SERIES_COLOURS[index % SERIES_COLOURS.length]!;
}

/** As a chart or a style names a colour. */
export function colour(name: Colour): string {
  return `var(--${name})`;
}

/** The definitions of all colours, in the reader's scheme. */
export function colourStyles(): string {
  const definitions = (scheme: 0 | 1): string =>
    Object.entries(COLOURS)
      .map(([name, values]) => `--${name}:${values[scheme]}`)
      .join(';');
  return [
    `:root{color-scheme:light dark;${definitions(0)}}`,
    `@media (prefers-color-scheme:dark){:root{${definitions(1)}}}`,
  ].join('\n');
}
