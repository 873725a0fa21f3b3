import { check } from './refusals';

export interface NamedResource {
  readonly name: string;
  readonly arn: string;
  /** Grows with each resource of the kind, so that pages have an order that later changes leave alone. */
  readonly sequence: number;
}

/** Resources of one kind, by name or ARN, in order of creation. */
export class Registry<T extends NamedResource> implements Iterable<T> {
  private readonly byName = new Map<string, T>();
  private readonly byArn = new Map<string, T>();
  private last = 0;

  /**
   * @param kind in words, for messages
   * @param quota how many there may be in an account and Region
   */
  constructor(
    private readonly kind: string,
    private readonly quota = Infinity,
  ) {}

  nextSequence(): number {
    return ++this.last;
  }

  checkNew(name: string): void {
    check(!this.byName.has(name), `Object already exists: ${this.kind} ${name}`);
    check(this.byName.size < this.quota, `The limit of ${this.quota} is reached: ${this.kind}`);
  }

  add(resource: T): void {
    this.byName.set(resource.name, resource);
    this.byArn.set(resource.arn, resource);
  }

  delete(resource: T): void {
    this.byName.delete(resource.name);
    this.byArn.delete(resource.arn);
  }

  find(nameOrArn: string): T | undefined {
    return this.byName.get(nameOrArn) ?? this.byArn.get(nameOrArn);
  }

  require(nameOrArn: string): T {
    const found = this.find(nameOrArn);
    check(found, `${this.kind} ${nameOrArn} does not exist`);
    return found;
  }

  has(resource: T): boolean {
    return this.byName.get(resource.name) === resource;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.byName.values();
  }
}
