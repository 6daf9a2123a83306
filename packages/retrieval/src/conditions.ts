import { CairnError, type Conditions, FILTER_FIELDS, type FilterField, type TenantScope } from '@cairn/common/contracts';
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
const LONE_SURROGATE = /\p{Surrogate}/u;

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

/** Throws what a search with these conditions would throw: for callers who have costly work to do before it. */
export function assertConditions(conditions: Conditions): void {
  conditionsOf(conditions);
}

function conditionOf(field: string, value: unknown): QdrantCondition {
  if (!isFilterField(field)) throw refuse(`filter.${field}`, `is not a field to filter by; use one of ${FILTER_FIELDS.join(', ')}`);
  if (typeof value === 'string') return { key: field, match: { value: checkText(field, value) } };
  if (!Array.isArray(value)) throw refuse(`filter.${field}`, 'must be a text or a list of texts');
  if (value.length > MAX_VALUES) throw refuse(`filter.${field}`, `must have at most ${MAX_VALUES} values`);
  return { key: field, match: { any: Array.from(value, (item) => checkText(field, item)) } };
}

function checkText(field: FilterField, value: unknown): string {
  if (typeof value !== 'string') throw refuse(`filter.${field}`, 'must hold texts only');
  if (LONE_SURROGATE.test(value)) throw refuse(`filter.${field}`, 'must be well-formed text');
  return value;
}

function isFilterField(field: string): field is FilterField {
  return (FILTER_FIELDS as readonly string[]).includes(field);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(path: string, message: string): CairnError {
  return new CairnError('invalid_input', `${path.slice(0, 100)} ${message}`, { errors: [{ path: path.slice(0, 100), message }] });
}
