import { flawOfText, kindOf } from '@cairn/common/contracts';
import type { Literal, Param, Statement, Value } from './ast.js';
import { SqlError } from './errors.js';
import { SQL_LIMITS } from './limits.js';

/** What a caller sends beside a statement: values by their numbers, or by their names. */
export type Params = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The values of the parameters of one statement. What is bound is data: nothing of it is read as a statement. */
export class BoundParams {
  private constructor(private readonly given: Params) {}

  /** Throws E_BIND where the statement and the values do not fit each other. */
  static of(statement: Statement, given: Params | undefined): BoundParams {
    const params = paramsOf(statement).sort((a, b) => a.span.start - b.span.start);
    const bound = new BoundParams(given ?? []);
    const [first] = params;
    for (const param of params) {
      if (typeof param.name !== typeof (first as Param).name)
        throw mistake(param, 'and others of this statement are of two kinds.', 'Use either $1, $2, … or :name.');
      const value = bound.find(param);
      if (value === undefined) throw mistake(param, 'has no value.', missingHint(param, given));
      if (value === null) throw mistake(param, 'is null, and null is no value.', 'Say IS NULL, or leave the condition out.');
    }
    bound.refuseSurplus(params);
    return bound;
  }

  /** One value to compare with. */
  scalar(param: Param): Literal {
    return this.literal(param, this.find(param));
  }

  /** For IN. */
  list(param: Param): Literal[] {
    const value = this.find(param);
    if (!Array.isArray(value)) throw mistake(param, `must be a list, it is ${kindOf(value)}.`);
    if (value.length > SQL_LIMITS.inValues) throw tooMany(param, value.length, SQL_LIMITS.inValues);
    return value.map((item) => this.literal(param, item));
  }

  vector(param: Param): number[] {
    const value = this.find(param);
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'number')) throw mistake(param, 'must be a list of numbers.');
    if (value.length > SQL_LIMITS.vector) throw tooMany(param, value.length, SQL_LIMITS.vector);
    if (value.length === 0) throw new SqlError('E_RANGE', `${nameOf(param)} is an empty vector.`, param.span);
    return value as number[];
  }

  text(param: Param): Literal & { kind: 'string' } {
    const literal = this.literal(param, this.find(param));
    if (literal.kind !== 'string') throw mistake(param, `must be a text, it is ${kindOf(this.find(param))}.`);
    return literal;
  }

  number(param: Param): Literal & { kind: 'number' } {
    const literal = this.literal(param, this.find(param));
    if (literal.kind !== 'number') throw mistake(param, `must be a number, it is ${kindOf(this.find(param))}.`);
    return literal;
  }

  private literal(param: Param, value: unknown): Literal {
    return { ...this.plain(param, value), param: nameOf(param) };
  }

  private plain(param: Param, value: unknown): Literal {
    const { span } = param;
    if (typeof value === 'boolean') return { kind: 'bool', value, span };
    if (typeof value === 'number') {
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        throw mistake(param, 'is a whole number beyond 2^53, which JSON does not carry exactly.', 'Write it in the statement.');
      return { kind: 'number', value, isWhole: Number.isInteger(value), span };
    }
    if (typeof value !== 'string') throw mistake(param, `must be a text, a number, true or false; it is ${kindOf(value)}.`);
    const flaw = flawOfText(value);
    if (flaw !== undefined) throw mistake(param, `${flaw}.`);
    return { kind: 'string', value, span };
  }

  private find({ name }: Pick<Param, 'name'>): unknown {
    if (typeof name === 'number') return Array.isArray(this.given) ? this.given[name - 1] : undefined;
    return !Array.isArray(this.given) && Object.hasOwn(this.given, name) ? (this.given as Record<string, unknown>)[name] : undefined;
  }

  private refuseSurplus(params: readonly Param[]): void {
    const used = new Set(params.map(nameOf));
    const names = Array.isArray(this.given) ? this.given.map((_, at) => `$${at + 1}`) : Object.keys(this.given).map((name) => `:${name}`);
    const surplus = names.find((name) => !used.has(name));
    if (surplus !== undefined) throw new SqlError('E_BIND', `There is a value for ${surplus}, and the statement has no such parameter.`, undefined);
  }
}

const nameOf = ({ name }: Pick<Param, 'name'>): string => (typeof name === 'number' ? `$${name}` : `:${name}`);

function missingHint({ name }: Param, given: Params | undefined): string {
  const isList = given === undefined || Array.isArray(given);
  if (typeof name === 'number') return isList ? `Send ${name === 1 ? 'a value' : `${name} values`} or more in params.` : 'Send params as a list for $1, $2, …';
  return isList ? 'Send params as an object for :name.' : `Send it in params as "${name}".`;
}

function mistake(param: Param, what: string, hint?: string): SqlError {
  return new SqlError('E_BIND', `${nameOf(param)} ${what}`, param.span, { hint });
}

function tooMany(param: Param, count: number, most: number): SqlError {
  return new SqlError('E_LIMIT', `${nameOf(param)} has ${count} values, and a list has at most ${most}.`, param.span);
}

/** The values that a statement was sent with, of those parameters that stand in it. */
export function usedParams(statement: Statement, given: Params | undefined): [string, unknown][] {
  const used = new Map(paramsOf(statement).map((param) => [nameOf(param), param.name]));
  return [...used].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, key]) => [name, givenAs(key, given)]);
}

/** What a value is, or what was sent for it; nothing of it is checked. */
export function valueGiven(value: Value, given: Params | undefined): unknown {
  if (value.kind === 'param') return givenAs(value.name, given);
  return 'value' in value ? value.value : undefined;
}

const givenAs = (name: Param['name'], given: Params | undefined): unknown =>
  (given as Record<string, unknown> | undefined)?.[typeof name === 'number' ? name - 1 : name];

/** Of a tree of plain objects: statements hold nothing else. */
function paramsOf(part: unknown): Param[] {
  if (typeof part !== 'object' || part === null) return [];
  if ('kind' in part && part.kind === 'param') return [part as Param];
  return Object.values(part).flatMap(paramsOf);
}
