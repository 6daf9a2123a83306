import { CairnError, type OrgId } from '@cairn/common';

export interface AtOnce {
  /** Of one organisation. */
  ofEach: number;
  ofAll: number;
}

/** Statements may take long, so nobody has many under way. */
export class StatementsAtOnce {
  private readonly running = new Map<OrgId, number>();
  private all = 0;

  constructor(private readonly most: AtOnce) {}

  async take<T>(orgId: OrgId, work: () => Promise<T>): Promise<T> {
    const running = this.running.get(orgId) ?? 0;
    if (running >= this.most.ofEach)
      throw tooMany(`Your organisation has ${running} such statements under way, and more are not answered at once. Wait for one of them`);
    if (this.all >= this.most.ofAll) throw tooMany('As many such statements are under way as are answered at once. Wait a moment');
    this.running.set(orgId, running + 1);
    this.all++;
    try {
      return await work();
    } finally {
      this.all--;
      const left = (this.running.get(orgId) as number) - 1;
      if (left === 0) this.running.delete(orgId);
      else this.running.set(orgId, left);
    }
  }
}

const tooMany = (why: string): CairnError => new CairnError('rate_limited', `${why}, then send this one again.`, { retryAfterSeconds: 1 });
