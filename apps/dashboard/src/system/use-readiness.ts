import { useEffect, useState } from 'react';
import type { Readiness } from './readiness.js';

const ASK_EVERY_MS = 3_000;
const PATIENCE_MS = 10_000;

export interface Reading {
  /** The last answer, however old. */
  readiness: Readiness | undefined;
  readAt: number | undefined;
  /** Since when there has been no answer. */
  silentSince: number | undefined;
  now: number;
}

/** Asks again and again how the system is, as long as somebody looks at the page. */
export function useReadiness(): Reading {
  const [reading, setReading] = useState<Reading>({ readiness: undefined, readAt: undefined, silentSince: undefined, now: Date.now() });
  useEffect(() => {
    const ended = new AbortController();
    const look = async () => {
      const readiness = await ask(ended.signal);
      if (ended.signal.aborted) return;
      const now = Date.now();
      if (readiness) setReading({ readiness, readAt: now, silentSince: undefined, now });
      else setReading((last) => ({ ...last, silentSince: last.silentSince ?? now, now }));
    };
    void look();
    const asking = setInterval(() => document.visibilityState === 'visible' && void look(), ASK_EVERY_MS);
    const ticking = setInterval(() => setReading((last) => ({ ...last, now: Date.now() })), 1_000);
    return () => {
      ended.abort();
      clearInterval(asking);
      clearInterval(ticking);
    };
  }, []);
  return reading;
}

async function ask(ended: AbortSignal): Promise<Readiness | undefined> {
  try {
    const answer = await fetch('/readyz', { signal: AbortSignal.any([ended, AbortSignal.timeout(PATIENCE_MS)]) });
    return answer.status === 200 || answer.status === 503 ? ((await answer.json()) as Readiness) : undefined;
  } catch {
    return undefined; // nobody answers: the page says since when
  }
}
