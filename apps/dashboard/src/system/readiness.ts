import type { Routes } from '@cairn/client';

/** What `GET /readyz` answers, also when the system is not well. */
export type Readiness = Routes['GET /readyz']['answer'];

export interface Part {
  name: string;
  /** What the system uses it for. */
  role: string;
  state: 'works' | 'down' | 'not asked';
  latencyMs: number | undefined;
  reason: string | undefined;
}

interface Words {
  name: string;
  role: string;
  /** What people notice while it is away. */
  without: string;
}

const WORDS: Record<string, Words> = {
  pg: { name: 'Postgres', role: 'holds everything that was accepted', without: 'Nothing is accepted and nothing can be read.' },
  nats: { name: 'NATS', role: 'tells workers that there are jobs', without: 'Jobs are accepted and wait.' },
  qdrant: { name: 'Qdrant', role: 'finds vectors', without: 'Searches are refused; new vectors are accepted and wait.' },
};

const wordsOf = (name: string): Words => WORDS[name] ?? { name, role: '', without: '' };

/** The parts that the system uses, those that are down first. */
export function partsOf({ deps = {} }: Readiness): Part[] {
  const parts = Object.entries(deps).filter(([, dep]) => dep.enabled !== false && dep.skipped !== true);
  return parts
    .map(([name, dep]): Part => {
      const { name: title, role } = wordsOf(name);
      const state = dep.ok === true ? 'works' : dep.ok === false ? 'down' : 'not asked';
      return { name: title, role, state, latencyMs: state === 'works' ? (dep.latency_ms ?? undefined) : undefined, reason: dep.reason ?? undefined };
    })
    .sort((a, b) => Number(b.state === 'down') - Number(a.state === 'down'));
}

/** The state of the system in a sentence or two. */
export function sentenceOf(readiness: Readiness): string {
  const down = Object.entries(readiness.deps ?? {}).filter(([, dep]) => dep.ok === false);
  if (readiness.ready) return 'Everything works.';
  if (down.length === 0) return readiness.summary === 'starting' ? 'The system is starting.' : 'The system is not ready.';
  const names = down.map(([name]) => wordsOf(name).name).join(' and ');
  const effects = down.map(([name]) => wordsOf(name).without).filter((text) => text !== '');
  return [`${names} ${down.length > 1 ? 'do' : 'does'} not answer.`, ...effects, 'What was accepted is kept.'].join(' ');
}

export function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3_600)} h ago`;
}
