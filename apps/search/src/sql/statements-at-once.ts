import { CairnError, type OrgId } from '@cairn/common';

/** Statements of one organisation that are answered at once. */
const AT_ONCE = 8;

/** Statements may take long, so nobody has many under way. */
export class StatementsAtOnce {
  private readonly running = new Map<OrgId, number>();

  async take<T>(orgId: OrgId, work: () => Promise<T>): Promise<T> {
    const running = this.running.get(orgId) ?? 0;
    if (running >= AT_ONCE)
      throw new CairnError(
        'rate_limited',
        `Your organisation has ${AT_ONCE} statements under way, and more are not answered at once. Wait for one of them, then send this one again.`,
        {
          retryAfterSeconds: 1,
        },
      );
    this.running.set(orgId, running + 1);
    try {
      return await work();
    } finally {
      const left = (this.running.get(orgId) as number) - 1;
      if (left === 0) this.running.delete(orgId);
      else this.running.set(orgId, left);
    }
  }
}
