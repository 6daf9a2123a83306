const MOST_ANSWERS = 500;
const MOST_BYTES = 50_000_000;
const KEPT_MS = 600_000;

interface Kept {
  text: string;
  until: number;
}

/** Answers that are asked for again, for ten minutes, as JSON: few and small enough for a process that has more to do. The oldest goes first. */
export class KeptAnswers {
  private readonly answers = new Map<string, Kept>();
  private bytes = 0;

  get<T>(key: string): T | undefined {
    const kept = this.answers.get(key);
    if (kept === undefined) return undefined;
    if (kept.until > Date.now()) return JSON.parse(kept.text) as T;
    this.forget(key, kept);
    return undefined;
  }

  keep(key: string, answer: object): void {
    const text = JSON.stringify(answer);
    const before = this.answers.get(key);
    if (before !== undefined) this.forget(key, before);
    this.answers.set(key, { text, until: Date.now() + KEPT_MS });
    this.bytes += text.length;
    for (const [oldest, kept] of this.answers) {
      if (this.answers.size <= MOST_ANSWERS && this.bytes <= MOST_BYTES) return;
      this.forget(oldest, kept);
    }
  }

  private forget(key: string, { text }: Kept): void {
    this.answers.delete(key);
    this.bytes -= text.length;
  }
}
