import { momentSql } from './moment.js';
import type { Scalar } from './operands.js';
import type { SqlParameters } from './sql-parameters.js';
import type { Bound, SqlPlace } from './sql-place.js';

// Each is one look into the index; beyond it, reading the values of a row is quicker than comparing the row with every shape.
const MOST_SHAPES = 32;

/** The keys as a jsonpath: a quoted one is written there as in JSON. */
export const jsonPathOf = (keys: readonly string[]): string => `$${keys.map((key) => `.${JSON.stringify(key)}`).join('')}`;

/** What the metadata of a document has under some keys. Lists are looked through, one at each key and one at the end, as jsonpath does by itself. */
export class MetadataPlace implements SqlPlace {
  private readonly path: string;

  constructor(
    private readonly metadata: string,
    private readonly keys: readonly string[],
    private readonly parameters: SqlParameters,
  ) {
    this.path = jsonPathOf(keys);
  }

  parameter(value: unknown): string {
    return this.parameters.add(value);
  }

  isOneOf(values: readonly Scalar[]): string {
    if (values.length === 0) return 'FALSE';
    const shapes = values.length * 2 ** this.keys.length;
    return shapes > MOST_SHAPES ? this.someIsOneOf(values) : this.hasShapeOf(values);
  }

  someNumber(bounds: readonly Bound[]): string {
    // `?` looks through a list by itself: behind `[*]` it would look through two.
    const tests = ['@.type() == "number"', ...bounds.map(({ comparison }, at) => `@ ${comparison} $bound${at}`)];
    const values = `{${bounds.map(({ bound }, at) => `"bound${at}":${bound}`).join()}}`;
    const path = this.parameter(`${this.path} ? (${tests.join(' && ')})`);
    return `jsonb_path_exists(${this.metadata}, ${path}::jsonpath, ${this.parameter(values)}::jsonb)`;
  }

  someMoment(test: (moment: string) => string): string {
    return this.someText((text) => test(momentSql(text)));
  }

  someText(test: (text: string) => string): string {
    return this.exist(`${this.path}[*]`, textPassing(test));
  }

  someWholeText(test: (text: string) => string): string {
    return this.exist(this.path, textPassing(test));
  }

  hasValue(): string {
    return `jsonb_path_exists(${this.metadata}, ${this.parameter(`${this.path} ? (@.type() != "null")`)}::jsonpath)`;
  }

  exists(): string {
    return `jsonb_path_exists(${this.metadata}, ${this.parameter(this.path)}::jsonpath)`;
  }

  /** An index of jsonb_path_ops answers this. */
  private hasShapeOf(values: readonly Scalar[]): string {
    const shapes = values.flatMap((value) => shapesOf(this.keys, value)).map((shape) => JSON.stringify(shape));
    return `${this.metadata} @> ANY(${this.parameter(shapes)}::jsonb[])`;
  }

  private someIsOneOf(values: readonly Scalar[]): string {
    const texts = values.map((value) => JSON.stringify(value));
    return this.exist(`${this.path}[*]`, (value) => `${value} = ANY(${this.parameter(texts)}::jsonb[])`);
  }

  private exist(path: string, test: (value: string) => string): string {
    const values = `jsonb_path_query(${this.metadata}, ${this.parameter(path)}::jsonpath)`;
    return `EXISTS (SELECT FROM ${values} AS found(value) WHERE ${test('found.value')})`;
  }
}

function textPassing(test: (text: string) => string): (value: string) => string {
  return (value) => `jsonb_typeof(${value}) = 'string' AND ${test(`(${value} #>> '{}')`)}`;
}

/** All that metadata can look like when it has a value under keys: at each of them it may stand in a list. */
function shapesOf(keys: readonly string[], value: Scalar): unknown[] {
  return keys.reduceRight<unknown[]>((inner, key) => inner.flatMap((shape) => [{ [key]: shape }, { [key]: [shape] }]), [value]);
}
