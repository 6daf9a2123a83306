import { type Entry, isOk, jobOf, type Ledger } from './ledger.js';

export type Kind = 'mock' | 'text';

/** What may be live under one asset and segment when all is quiet. */
export interface Expectation {
  org: string;
  asset: string;
  segment: string;
  kind: Kind;
  /** Texts of which one has to be live. */
  texts: Set<string>;
  /** True when it may also be that nothing is live. */
  mayBeAbsent: boolean;
}

/** Stands for the text of a mock vector, which is made of its names. */
export const MOCK_TEXT = '';

interface Version {
  job: string;
  text: string;
}

interface Point {
  org: string;
  asset: string;
  segment: string;
  kind: Kind;
  /** Accepted and neither cancelled nor deleted, in the order in which they were accepted: the last one has to be live. */
  versions: Version[];
  /** Texts whose request had no answer: each may have been accepted, and at any time. */
  uncertain: Set<string>;
}

/** Follows the ledger, request by request, and says for every point what may be live at the end. Each organisation has one writer, so its requests have an order. */
export function expectationsOf(ledger: Ledger): Expectation[] {
  const history = new PointHistory();
  for (const entry of ledger.entries) history.add(entry);
  return history.expectations();
}

class PointHistory {
  private readonly points = new Map<string, Point>();
  /** What each job was to write, also after it was cancelled. */
  private readonly writesOfJob = new Map<string, { point: Point; text: string }[]>();

  add(entry: Entry): void {
    const { write } = entry;
    if (write.op === 'delete') this.forget(entry, write.asset);
    if (write.op === 'cancel') this.drop(entry, write.job);
    if (write.op === 'retry') this.renew(entry, write.job);
    for (const one of segmentsOf(entry)) this.accept(entry, this.pointOf(entry.org, one), one.text);
  }

  expectations(): Expectation[] {
    return [...this.points.values()].map(({ versions, uncertain, ...names }) => {
      const last = versions.at(-1);
      return { ...names, texts: new Set([...(last ? [last.text] : []), ...uncertain]), mayBeAbsent: last === undefined };
    });
  }

  private pointOf(org: string, { asset, segment, kind }: { asset: string; segment: string; kind: Kind }): Point {
    const name = JSON.stringify([org, asset, segment, kind]);
    const point = this.points.get(name) ?? { org, asset, segment, kind, versions: [], uncertain: new Set<string>() };
    this.points.set(name, point);
    return point;
  }

  private accept(entry: Entry, point: Point, text: string): void {
    const job = jobOf(entry);
    if (entry.answer === undefined) point.uncertain.add(text);
    if (job === undefined) return;
    point.versions.push({ job, text });
    this.writesOfJob.set(job, [...(this.writesOfJob.get(job) ?? []), { point, text }]);
  }

  private forget(entry: Entry, asset: string): void {
    if (!isOk(entry)) return;
    for (const point of this.points.values()) if (point.org === entry.org && point.asset === asset) point.versions = [];
  }

  private drop(entry: Entry, job: string): void {
    if (!isOk(entry)) return;
    for (const { point } of this.writesOfJob.get(job) ?? []) point.versions = point.versions.filter((version) => version.job !== job);
  }

  // A retry is accepted anew, as if its texts had been sent now.
  private renew(entry: Entry, job: string): void {
    if (!isOk(entry)) return;
    for (const { point, text } of this.writesOfJob.get(job) ?? []) point.versions.push({ job, text });
  }
}

function segmentsOf({ write }: Entry): { asset: string; segment: string; text: string; kind: Kind }[] {
  if (write.op === 'embed') return [{ ...write, kind: 'text' }];
  if (write.op === 'mock') return [{ ...write, text: MOCK_TEXT, kind: 'mock' }];
  if (write.op === 'batch') return write.segments.map((one) => ({ asset: write.asset, ...one, kind: 'text' }));
  return [];
}
