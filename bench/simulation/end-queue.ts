/** When running jobs end: a binary heap. Jobs that end together come in the order in which they were added. */
export class EndQueue {
  private readonly heap: { time: number; sequence: number; job: number }[] = [];
  private sequence = 0;

  /** When the first ends; Infinity when none runs. */
  time(): number {
    return this.heap[0]?.time ?? Infinity;
  }

  add(time: number, job: number): void {
    const { heap } = this;
    const entry = { time, sequence: this.sequence++, job };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Takes the first away. */
  shift(): number {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first.job;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first.job;
  }
}

interface Entry {
  time: number;
  sequence: number;
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}
