/** The values of a statement in the making. */
export class SqlParameters {
  readonly values: unknown[] = [];

  constructor(private readonly first: number) {}

  /** Keeps a value and answers what stands for it in the text. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.first + this.values.length - 1}`;
  }
}
