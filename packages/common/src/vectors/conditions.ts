/** What vectors can be filtered by: columns in Postgres and payload fields in Qdrant of the same names. */
export const FILTER_FIELDS = ['asset_id', 'segment_id', 'model', 'model_ver', 'org_id'] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** What a caller may ask for besides the tenant: each field equal to one value, or to any of a list. */
export type Conditions = { readonly [field in FilterField]?: string | readonly string[] };
