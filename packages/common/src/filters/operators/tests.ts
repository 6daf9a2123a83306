import type { FilterReader } from '../filter-reader.js';
import { containing } from './containing.js';
import { equality } from './equality.js';
import { order } from './order.js';
import { prefix } from './prefix.js';
import { presence } from './presence.js';
import type { Question, TestKind } from './test-kind.js';

/** Every kind of test that a field can be put to. One more is a file beside these and a name here. */
const TESTS = { equality, order, presence, prefix, containing };

export type Test = (typeof TESTS)[keyof typeof TESTS] extends TestKind<infer T> ? T : never;

export function kindOfTest<T extends Test>(test: T): TestKind<T> {
  return TESTS[test.is] as unknown as TestKind<T>;
}

type ReadQuestion = (value: unknown, at: FilterReader) => Question<Test>;

const OPERATORS = new Map<string, ReadQuestion>(Object.values(TESTS).flatMap(({ operators }) => Object.entries<ReadQuestion>(operators)));

export const OPERATOR_NAMES: readonly string[] = [...OPERATORS.keys()];

export function operatorNamed(name: string): ReadQuestion | undefined {
  return OPERATORS.get(name);
}
