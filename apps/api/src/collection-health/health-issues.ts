import type { CollectionStatus, HealthFacts } from '@cairn/common';

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
type Severity = (typeof SEVERITIES)[number];

/** A request that may put it right, or shows more of it. */
interface Action {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body: object | null;
}

export interface HealthIssue {
  code: string;
  severity: Severity;
  message: string;
  count: number;
  action: Action | null;
}

export type Examined = HealthFacts & { id: string; status: CollectionStatus };

/** Something that may be wrong with a collection. */
interface Check {
  code: string;
  severity: Severity;
  /** How many; none is well. */
  count: (of: Examined) => number;
  /** Points that it takes away. */
  cost: (of: Examined) => number;
  message: (count: number) => string;
  advice: string;
  action: (of: Examined) => Action | null;
}

/** More than that is much for a document on the average. */
export const LARGE_BYTES = 10_000_000;
const MANY_TWINS = 0.1;

const post = (path: string, body: object = {}): Action => ({ method: 'POST', path, body });
const get = (path: string): Action => ({ method: 'GET', path, body: null });
const pathOf = ({ id }: Examined, rest = ''): string => `/api/v2/collections/${id}${rest}`;
/** At least 5 points, so that one of many is seen too. */
const byShare = (count: number, { documents }: Examined, most: number): number => 5 + Math.round((most * count) / Math.max(1, documents));

const CHECKS: Check[] = [
  {
    code: 'not_opened',
    severity: 'critical',
    count: ({ status }) => (status === 'error' ? 1 : 0),
    cost: () => 100,
    message: () => 'The place for its vectors could not be made, so nothing of it is found.',
    advice: 'Run a reindex with force=true; if that fails as well, ask the operator why.',
    action: (of) => post(pathOf(of, '/reindex'), { force: true }),
  },
  {
    code: 'failed_documents',
    severity: 'warning',
    count: ({ failedDocuments }) => failedDocuments,
    cost: (of) => byShare(of.failedDocuments, of, 45),
    message: (count) => `${documents(count)} could not be indexed. Their error_message says why.`,
    advice: 'Run a reindex with only_failed=true to retry failed documents; replace or delete those that fail again.',
    action: (of) => post(pathOf(of, '/reindex'), { only_failed: true }),
  },
  {
    code: 'unindexed_documents',
    severity: 'warning',
    count: ({ forgottenDocuments }) => forgottenDocuments,
    cost: (of) => byShare(of.forgottenDocuments, of, 40),
    message: (count) => `${documents(count)} wait, and no operation is indexing them.`,
    advice: 'Run a reindex without settings to index what waits.',
    action: (of) => post(pathOf(of, '/reindex')),
  },
  {
    code: 'outdated_documents',
    severity: 'critical',
    count: ({ missingDocuments }) => missingDocuments,
    cost: (of) => byShare(of.missingDocuments, of, 45),
    message: (count) => `${documents(count)} are not in the index as they are now.`,
    advice: 'Run a reindex with force=true to make the index anew while the old one is searched.',
    action: (of) => post(pathOf(of, '/reindex'), { force: true }),
  },
  {
    code: 'documents_without_text',
    severity: 'warning',
    count: ({ textlessDocuments }) => textlessDocuments,
    cost: (of) => byShare(of.textlessDocuments, of, 20),
    message: (count) => `In ${documents(count)} no text was found, so no search finds ${count === 1 ? 'it' : 'them'}.`,
    advice: 'Read documents without text with OCR if they are pictures or scans; replace or delete those that are empty.',
    action: (of) => get(pathOf(of, '/documents')),
  },
  {
    code: 'stuck_operations',
    severity: 'critical',
    count: ({ stuckOperations }) => stuckOperations,
    cost: () => 20,
    message: (count) => `Of ${operations(count)} nothing has been heard for an hour.`,
    advice: 'See whether workers run; cancel operations that nobody works on.',
    action: ({ stuckOperation }) => ({ method: 'DELETE', path: `/api/v2/operations/${stuckOperation}`, body: null }),
  },
  {
    code: 'failed_operations',
    severity: 'warning',
    count: ({ failedOperations }) => failedOperations,
    cost: ({ failedOperations }) => Math.min(20, 5 * failedOperations),
    message: (count) => `${operations(count)} failed within a week, and none of the same kind has gone well since.`,
    advice: 'Review why operations failed, and ask for them again.',
    action: (of) => get(pathOf(of, '/operations')),
  },
  {
    code: 'failing_sources',
    severity: 'warning',
    count: ({ failingSources }) => failingSources,
    cost: ({ failingSources }) => Math.min(20, 10 * failingSources),
    message: (count) => `${sources(count)} could not be looked through the last time. Their last_error says why.`,
    advice: 'Put right what the sources say in last_error, and look through them again.',
    action: (of) => post(pathOf(of, `/sources/${of.failingSource}/sync`)),
  },
  {
    code: 'unsynced_sources',
    severity: 'warning',
    count: ({ lateSources }) => lateSources,
    cost: ({ lateSources }) => Math.min(15, 5 * lateSources),
    message: (count) => `${sources(count)} should have been looked through more than an hour ago.`,
    advice: 'Look through sources that are late; see whether the dispatcher runs.',
    action: (of) => post(pathOf(of, `/sources/${of.lateSource}/sync`)),
  },
  {
    code: 'paused_sources',
    severity: 'info',
    count: ({ pausedSources }) => pausedSources,
    cost: () => 0,
    message: (count) => `${sources(count)} are paused, so that changes there are not seen.`,
    advice: 'Let paused sources go on, or remove them.',
    action: (of) => get(pathOf(of)),
  },
  {
    code: 'old_indexes',
    severity: 'info',
    count: ({ oldIndexes }) => oldIndexes,
    cost: () => 2,
    message: (count) => `${count === 1 ? 'An index' : `${count} indexes`} that another took the place of a week ago still take room.`,
    advice: 'Nothing is needed of you: old indexes are removed by the dispatcher. Ask the operator if they stay.',
    action: () => null,
  },
  {
    code: 'duplicates',
    severity: 'info',
    count: ({ twinDocuments, documents: all }) => (twinDocuments >= MANY_TWINS * all ? twinDocuments : 0),
    cost: () => 3,
    message: (count) => `${documents(count)} have the content of another one here.`,
    advice: 'Delete documents that say duplicate_of: they fill hits with the same text.',
    action: (of) => get(pathOf(of, '/documents')),
  },
  {
    code: 'large_documents',
    severity: 'info',
    count: ({ averageBytes, documents: all }) => (averageBytes > LARGE_BYTES ? all : 0),
    cost: () => 2,
    message: () => 'Documents have more than 10 MB on average.',
    advice: 'Split large documents: their parts are indexed side by side, and a change costs only its part.',
    action: (of) => get(pathOf(of, '/documents')),
  },
];

/** What is wrong with a collection, the worst first, and how well it is: 100 where nothing is to be done. */
export function examine(of: Examined): { score: number; issues: HealthIssue[]; recommendations: string[] } {
  const found = CHECKS.filter((check) => check.count(of) > 0).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const cost = found.reduce((sum, check) => sum + check.cost(of), 0);
  return { score: Math.max(0, 100 - cost), issues: found.map((check) => issueOf(check, of)), recommendations: found.map(({ advice }) => advice) };
}

function issueOf({ code, severity, count, message, action }: Check, of: Examined): HealthIssue {
  return { code, severity, message: message(count(of)), count: count(of), action: action(of) };
}

function documents(count: number): string {
  return count === 1 ? '1 document' : `${count} documents`;
}

function operations(count: number): string {
  return count === 1 ? '1 operation' : `${count} operations`;
}

function sources(count: number): string {
  return count === 1 ? '1 source' : `${count} sources`;
}
