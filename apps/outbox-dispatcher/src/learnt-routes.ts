import type { LearntRoutesRepository, Logger, LookedAt } from '@cairn/common';

/** Keeps what routes have learnt from growing out of what collections hold. */
export class LearntRoutes {
  constructor(
    private readonly repository: LearntRoutesRepository,
    private readonly logger: Logger,
    private readonly options: { everyMinutes: number },
  ) {}

  /** Looks at each field that is due, once. */
  async look(signal: AbortSignal): Promise<void> {
    const counts: Record<LookedAt, number> = { whole: 0, learnt: 0, forgotten: 0, busy: 0 };
    const begun = Date.now();
    while (!signal.aborted && Date.now() - begun < MOST_MS) {
      const became = await this.repository.lookAtNext(this.options.everyMinutes);
      if (became === undefined) break;
      counts[became]++;
    }
    if (counts.learnt + counts.forgotten + counts.busy > 0) this.logger.info(counts, 'learnt routes were looked at');
  }
}

/** With no minutes in between, every field is due again at once. */
const MOST_MS = 60_000;
