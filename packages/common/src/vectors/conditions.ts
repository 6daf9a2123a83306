/** What callers can filter vectors by: columns in Postgres and payload fields in Qdrant of the same names. */
export const FILTER_FIELDS = ['asset_id', 'segment_id', 'model', 'model_ver', 'org_id'] as const;

/** What a search can be narrowed by; the index is asked for by searches in collections only. */
export const CONDITION_FIELDS = [...FILTER_FIELDS, 'index_id'] as const;
export type ConditionField = (typeof CONDITION_FIELDS)[number];

/** What is asked for besides the tenant: each field equal to one value, or to any of a list. */
export type Conditions = { readonly [field in ConditionField]?: string | readonly string[] };
