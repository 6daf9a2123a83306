import { CairnError, CONDITION_FIELDS, type ConditionField, type Conditions, FILTER_FIELDS, type TenantScope } from '@cairn/common/contracts';
import type { Schemas } from '@qdrant/js-client-rest';
import { orgIdOf } from './scope-check.js';

export type QdrantFilter = Schemas['Filter'];
type QdrantCondition = Schemas['Condition'];

/** Points that are not asked for, or the only ones that are. */
export interface NamedIds {
  excludeIds?: readonly string[] | undefined;
  onlyIds?: readonly string[] | undefined;
}

const MAX_VALUES = 1_000;
/** Of what a search asks for itself: documents that a filter takes, indexes that serve. */
const MAX_OWN_VALUES = 10_000;
/** Halves of characters, and what Postgres keeps in no text. */
const NO_TEXT = /[\p{Surrogate}\0]/u;

/**
 * The filter of every tenant read. The tenant condition stands alone at the top of `must`; whatever the caller asked for is one nested
 * element beside it, so it can only narrow, whatever it says.
 */
export function tenantFilter(scope: TenantScope, conditions: Conditions = {}, { excludeIds = [], onlyIds }: NamedIds = {}): QdrantFilter {
  const must: QdrantCondition[] = [{ key: 'org_id', match: { value: orgIdOf(scope) } }];
  const asked = conditionsOf(conditions);
  if (asked.length > 0) must.push({ must: asked });
  if (excludeIds.length > 0) must.push({ must_not: [{ has_id: [...excludeIds] }] });
  if (onlyIds) must.push({ has_id: [...onlyIds] });
  return { must };
}

/** The caller's conditions in Qdrant's words; an error that names the field for anything else. */
export function conditionsOf(conditions: Conditions): QdrantCondition[] {
  if (!isPlainObject(conditions)) throw refuse('filter', 'must be an object');
  return Object.entries(conditions)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => conditionOf(field, value));
}

/** Throws for what callers may not filter by, and what a search with these conditions would throw: before costly work is done for it. */
export function assertConditions(conditions: Conditions): void {
  const strange = Object.keys(conditions).find((field) => !(FILTER_FIELDS as readonly string[]).includes(field));
  if (strange !== undefined) throw noField(strange);
  for (const [field, value] of Object.entries(conditions)) if (Array.isArray(value) && value.length > MAX_VALUES) throw tooMany(field, MAX_VALUES);
  conditionsOf(conditions);
}

function conditionOf(field: string, value: unknown): QdrantCondition {
  if (!isConditionField(field)) throw noField(field);
  if (typeof value === 'string') return { key: field, match: { value: checkText(field, value) } };
  if (!Array.isArray(value)) throw refuse(`filter.${field}`, 'must be a text or a list of texts');
  if (value.length > MAX_OWN_VALUES) throw tooMany(field, MAX_OWN_VALUES);
  return { key: field, match: { any: Array.from(value, (item) => checkText(field, item)) } };
}

function checkText(field: ConditionField, value: unknown): string {
  if (typeof value !== 'string') throw refuse(`filter.${field}`, 'must hold texts only');
  if (NO_TEXT.test(value)) throw refuse(`filter.${field}`, 'must be well-formed text without NUL');
  return value;
}

function isConditionField(field: string): field is ConditionField {
  return (CONDITION_FIELDS as readonly string[]).includes(field);
}

function tooMany(field: string, most: number): CairnError {
  return refuse(`filter.${field}`, `must have at most ${most} values`);
}

function noField(field: string): CairnError {
  return refuse(`filter.${field}`, `is not a field to filter by; use one of ${FILTER_FIELDS.join(', ')}`);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(path: string, message: string): CairnError {
  return new CairnError('invalid_input', `${path.slice(0, 100)} ${message}`, { errors: [{ path: path.slice(0, 100), message }] });
}
