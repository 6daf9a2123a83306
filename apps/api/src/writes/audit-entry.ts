import type { NewAuditEntry } from '@cairn/common';

/** Fields of a body that say who may do what, and how much. No other is told: they may hold what documents say, or secrets of sources. */
const TOLD = [
  'user',
  'role',
  'is_public',
  'scopes',
  'expires_at',
  'collection_id',
  'documents',
  'bytes',
  'sources',
  'operations_per_hour',
  'source_type',
  'force',
  'all',
  'query_log',
];
const LONGEST = 255;
const FIELD_NAME = /^[a-z_]{1,40}$/;
const MOST_FIELDS = 30;

/** What of a request the log is told from. */
interface Said {
  route: string;
  params: Record<string, string>;
  body: unknown;
  correlationId: string;
}

/** What the audit log is told of a write and its answer. */
export function auditEntryOf({ route, params, body, correlationId }: Said, answer: unknown): NewAuditEntry {
  const made = idsOf(answer);
  const details = { ...only(params, Object.keys(params)), ...only(body, TOLD), ...changed(route, body), ...only(made, ['operation_id', 'job_id']) };
  return { action: actionOf(route), thing: Object.values(params)[0] ?? made.id ?? made.job_id ?? null, correlationId, details };
}

/** The same for a route and its older address: `DELETE /documents/{id}`. */
export function actionOf(route: string): string {
  return route.replace(/ \/api\/v2\//, ' /').replace(/:(\w+)/g, '{$1}');
}

function idsOf(answer: unknown): Partial<Record<'id' | 'job_id' | 'operation_id', string>> {
  return typeof answer === 'object' && answer !== null ? answer : {};
}

/** Which fields a change named, and not what they are now. What is no name of a field is not repeated. */
function changed(route: string, body: unknown): { fields?: string[] } {
  if (!/^(PATCH|PUT) /.test(route) || typeof body !== 'object' || body === null) return {};
  return {
    fields: Object.keys(body)
      .filter((name) => FIELD_NAME.test(name))
      .slice(0, MOST_FIELDS),
  };
}

// Of `documents` only a number is told, which is a quota; a list of them is what was sent.
function only(object: unknown, names: string[]): Record<string, unknown> {
  if (typeof object !== 'object' || object === null) return {};
  return Object.fromEntries(names.map((name) => [name, Reflect.get(object, name)]).filter(([, value]) => isShort(value)));
}

function isShort(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= 10 && value.every((one) => typeof one === 'string' && one.length <= LONGEST);
  return typeof value === 'string' ? value.length <= LONGEST : typeof value === 'number' || typeof value === 'boolean';
}
