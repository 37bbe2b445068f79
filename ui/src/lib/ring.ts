/** The newest values, at most so many; older ones make room. */
export class Ring<T> {
  private readonly values: (T | undefined)[];
  private next = 0;
  /** Values that were ever added. */
  added = 0;

  constructor(readonly capacity: number) {
    this.values = new Array<T | undefined>(capacity);
  }

  get length(): number {
    return Math.min(this.added, this.capacity);
  }

  push(value: T): void {
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
    this.added++;
  }

  /** The value at an index, 0 the oldest that is here. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.length) return undefined;
    return this.values[(this.next + this.capacity - this.length + index) % this.capacity];
  }

  clear(): void {
    this.values.fill(undefined);
    this.next = 0;
    this.added = 0;
  }
}
