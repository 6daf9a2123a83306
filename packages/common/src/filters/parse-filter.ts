import { kindOf } from '../shell/validation/kind-of.js';
import { type DocumentField, namesField, readField } from './document-field.js';
import type { Filter } from './filter.js';
import { FilterReader } from './filter-reader.js';
import { OPERATOR_NAMES, operatorNamed } from './operators/tests.js';

/** Reads a filter as callers write it. A mistake is a CairnError `invalid_filter` that names the place, below `path`, and what to write there. */
export function parseFilter(value: unknown, path = 'filters'): Filter {
  return readFilter(value, FilterReader.of(path));
}

function readFilter(value: unknown, at: FilterReader): Filter {
  if (!isObject(value)) return at.refuse(`must be an object such as {"year": {"$gte": 2020}}, it is ${kindOf(value)}`);
  return allOf(Object.entries(value).map(([key, part]) => readEntry(key, part, at)));
}

function readEntry(key: string, part: unknown, at: FilterReader): Filter {
  const logic = LOGIC.get(key);
  if (logic !== undefined) return logic(part, at.key(key).deeper());
  if (!namesField(key)) return refuseOperator(key, at.key(key));
  return readConditions(part, { field: readField(key, at.key(key)), at: at.key(key) });
}

const LOGIC = new Map<string, (value: unknown, at: FilterReader) => Filter>([
  ['$and', (value, at) => allOf(readFilters(value, at))],
  ['$or', (value, at) => ({ kind: 'any', of: readFilters(value, at) })],
  ['$not', (value, at) => ({ kind: 'not', of: readFilter(value, at) })],
]);

function readFilters(value: unknown, at: FilterReader): Filter[] {
  if (!Array.isArray(value)) return at.refuse(`must be a list of filters, it is ${kindOf(value)}`);
  at.spendFilters(value.length);
  return value.map((item, index) => readFilter(item, at.item(index)));
}

interface FieldPlace {
  field: DocumentField;
  at: FilterReader;
}

/** What stands behind a field: operators with their values, or a value that it must equal. */
function readConditions(value: unknown, { field, at }: FieldPlace): Filter {
  if (Array.isArray(value)) return at.refuse('is a list; {"$in": [...]} asks for any of several values, {"$contains": ...} for an element');
  if (!isObject(value)) return readCondition('$eq', value, { field, at });
  const operators = Object.entries(value);
  if (operators.length === 0) return at.refuse('has no operator; {"$exists": true} asks whether it is there');
  return allOf(operators.map(([name, operand]) => readCondition(name, operand, { field, at: at.key(name) })));
}

function readCondition(name: string, operand: unknown, { field, at }: FieldPlace): Filter {
  const read = operatorNamed(name);
  if (read === undefined) return refuseOperator(name, at);
  at.spendConditions(1);
  const { test, negated } = read(operand, at);
  const condition: Filter = { kind: 'test', field, test };
  return negated ? { kind: 'not', of: condition } : condition;
}

function refuseOperator(name: string, at: FilterReader): never {
  if (operatorNamed(name)) return at.refuse(`must stand behind a field, as in {"year": {"${name}": ...}}`);
  if (LOGIC.has(name)) return at.refuse(`must stand beside fields, as in {"${name}": ...}, not behind one`);
  if (!name.startsWith('$')) return at.refuse('is no operator; a field inside of another is written with a dot, as in {"author.name": ...}');
  return at.refuse(`is not known here; operators are ${[...OPERATOR_NAMES, ...LOGIC.keys()].join(', ')}, and \\$ begins a key with a dollar sign`);
}

function allOf(filters: Filter[]): Filter {
  return filters.length === 1 ? (filters[0] as Filter) : { kind: 'all', of: filters };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
