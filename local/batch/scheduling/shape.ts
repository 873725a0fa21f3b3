import type { Resources } from '../../ports';

/** What a job asks of its host. Jobs that ask the same share one object, so that what holds for one is known for all. */
export interface Shape extends Readonly<Resources> {
  readonly id: number;
}

export class Shapes {
  private readonly known = new Map<string, Shape>();

  of({ vcpus, memoryMiB, gpus }: Resources): Shape {
    const key = `${vcpus}/${memoryMiB}/${gpus}`;
    let shape = this.known.get(key);
    if (!shape) {
      shape = { id: this.known.size, vcpus, memoryMiB, gpus };
      this.known.set(key, shape);
    }
    return shape;
  }
}

export function fits(asked: Readonly<Resources>, available: Readonly<Resources>): boolean {
  return asked.vcpus <= available.vcpus && asked.memoryMiB <= available.memoryMiB && asked.gpus <= available.gpus;
}
