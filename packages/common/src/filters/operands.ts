import { kindOf } from '../shell/validation/kind-of.js';
import { flawOfText } from '../shell/validation/text-flaw.js';
import { FILTER_LIMITS } from './filter-limits.js';
import type { FilterReader } from './filter-reader.js';
import { isMoment, type MomentText } from './moment.js';

export type Scalar = string | number | boolean | null;

export function readScalar(value: unknown, at: FilterReader): Scalar {
  if (typeof value === 'string') return checkText(value, at);
  if (typeof value === 'number') return checkNumber(value, at);
  if (typeof value === 'boolean' || value === null) return value;
  return at.refuse(`must be a text, a number, true, false or null, it is ${kindOf(value)}`);
}

export function readScalars(value: unknown, at: FilterReader): Scalar[] {
  if (!Array.isArray(value)) return at.refuse(`must be a list of values, it is ${kindOf(value)}`);
  at.spendValues(value.length);
  return value.map((item, index) => readScalar(item, at.item(index)));
}

export function readText(value: unknown, at: FilterReader): string {
  if (typeof value !== 'string') return at.refuse(`must be a text, it is ${kindOf(value)}`);
  if (value === '') at.refuse('must not be empty');
  return checkText(value, at);
}

export function readFlag(value: unknown, at: FilterReader): boolean {
  return typeof value === 'boolean' ? value : at.refuse(`must be true or false, it is ${kindOf(value)}`);
}

/** What has an order: a number, or a moment. */
export function readBound(value: unknown, at: FilterReader): number | MomentText {
  if (typeof value === 'number') return checkNumber(value, at);
  if (isMoment(value)) return value;
  const given = typeof value === 'string' ? 'a text of another form' : kindOf(value);
  return at.refuse(`must be a number, or a date as in 2026-01-31 or 2026-01-31T12:00:00Z (RFC 3339), it is ${given}`);
}

function checkText(text: string, at: FilterReader): string {
  if (text.length > FILTER_LIMITS.textLength) at.refuse(`may have at most ${FILTER_LIMITS.textLength} characters, it has ${text.length}`);
  const flaw = flawOfText(text);
  return flaw === undefined ? text : at.refuse(flaw);
}

function checkNumber(number: number, at: FilterReader): number {
  if (!Number.isFinite(number)) at.refuse('must be a finite number');
  // It was rounded when the JSON was read, and would be compared as another number than the one that was meant.
  if (Number.isInteger(number) && !Number.isSafeInteger(number))
    at.refuse('is a whole number beyond 2^53, which JSON does not carry exactly; keep it as a text');
  return number;
}
