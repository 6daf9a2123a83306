import type { JsonSchema, JsonType } from './json-schema.js';
import { type Limit, valueOfLimit } from './limits.js';
import { STORABLE_KEYWORD, TEXT_OR_TEXTS, type TextsLimits, UTF8_BYTES_KEYWORD, WELL_FORMED_KEYWORD } from './text-rules.js';

/** What one decorator demands, in the words of JSON Schema. */
export interface Rule {
  type?: JsonType;
  keywords?: JsonSchema;
}

// Each decorator puts its own arguments there, which only it knows the types of.
type Translate = (constraints: readonly unknown[]) => Rule;

const text = (keywords: JsonSchema = {}): Rule => ({ type: 'string', keywords });
const number = (keywords: JsonSchema = {}): Rule => ({ type: 'number', keywords });
const list = (keywords: JsonSchema = {}): Rule => ({ type: 'array', keywords });

function patternRule(pattern: RegExp | string): Rule {
  const regex = new RegExp(pattern);
  const flags = regex.flags.replace(/[gy]/g, '');
  return text({ pattern: regex.source, ...(flags ? { 'x-pattern-flags': flags } : {}) });
}

function lengthRule(min: number, max?: number): Rule {
  return text({ minLength: min, ...(max === undefined ? {} : { maxLength: max }) });
}

type NumberOptions = { allowNaN?: boolean; allowInfinity?: boolean; maxDecimalPlaces?: number } | undefined;

function numberRule(options: NumberOptions): Rule {
  if (options && Object.values(options).some(Boolean)) throw new Error('IsNumber with options has no counterpart in JSON Schema');
  return number();
}

/** Keywords for texts say nothing of lists, and the other way round, so one schema holds both. */
function textOrTextsRule({ items, bytes }: TextsLimits): Rule {
  const one = { minLength: 1, [WELL_FORMED_KEYWORD]: true, [UTF8_BYTES_KEYWORD]: valueOfLimit(bytes) };
  return { keywords: { type: ['string', 'array'], ...one, minItems: 1, maxItems: valueOfLimit(items), items: { type: 'string', ...one } } };
}

/** Each class-validator decorator that requests may use, by the name it registers under. What is not here is refused at start-up. */
const TRANSLATIONS: Record<string, Translate> = {
  isString: () => text(),
  isInt: () => ({ type: 'integer' }),
  isNumber: ([options]) => numberRule(options as NumberOptions),
  isBoolean: () => ({ type: 'boolean' }),
  isObject: () => ({ type: 'object' }),
  isArray: () => list(),
  isDefined: () => ({ keywords: { not: { type: 'null' } } }),
  isNotEmpty: () => ({ keywords: { not: { enum: ['', null] } } }),
  min: ([min]) => number({ minimum: min }),
  max: ([max]) => number({ maximum: valueOfLimit(max as Limit) }),
  isPositive: () => number({ exclusiveMinimum: 0 }),
  minLength: ([min]) => text({ minLength: min }),
  maxLength: ([max]) => text({ maxLength: max }),
  isLength: ([min, max]) => lengthRule((min as number | undefined) ?? 0, max as number | undefined),
  matches: ([pattern]) => patternRule(pattern as RegExp | string),
  isIn: ([values]) => ({ keywords: { enum: [...(values as readonly unknown[])] } }),
  isEnum: ([values]) => ({ keywords: { enum: Object.values(values as object) } }),
  isIso8601: ([options]) => text({ 'x-iso8601': options ?? {} }),
  isRFC3339: () => text({ 'x-rfc3339': true }),
  arrayMinSize: ([min]) => list({ minItems: min }),
  arrayMaxSize: ([max]) => list({ maxItems: valueOfLimit(max as Limit) }),
  arrayNotEmpty: () => list({ minItems: 1 }),
  [WELL_FORMED_KEYWORD]: () => text({ [WELL_FORMED_KEYWORD]: true }),
  [TEXT_OR_TEXTS]: ([limits]) => textOrTextsRule(limits as TextsLimits),
  [STORABLE_KEYWORD]: ([max]) => ({ type: 'object', keywords: { [STORABLE_KEYWORD]: valueOfLimit(max as Limit) } }),
  [UTF8_BYTES_KEYWORD]: ([max]) => text({ [UTF8_BYTES_KEYWORD]: valueOfLimit(max as Limit) }),
};

/** The rule of a decorator; throws for one that is not translated, so that no rule is ever silently left out. */
export function ruleOf(name: string | undefined, constraints: readonly unknown[]): Rule {
  const translate = name === undefined ? undefined : TRANSLATIONS[name];
  if (!translate) throw new Error(`the decorator ${name ?? '(unnamed)'} has no translation to JSON Schema; use another one or add it to rules.ts`);
  return translate(constraints);
}
