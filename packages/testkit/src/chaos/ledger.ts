import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

export interface Segment {
  segment: string;
  text: string;
}

/** What a client asked for. */
export type Write =
  | { op: 'embed'; asset: string; segment: string; text: string }
  | { op: 'batch'; asset: string; segments: Segment[] }
  | { op: 'mock'; asset: string; segment: string }
  | { op: 'job' }
  | { op: 'delete'; asset: string }
  | { op: 'cancel'; of: string; job: string }
  | { op: 'retry'; of: string; job: string };

export interface Entry {
  /** The request's correlation id: every job it made carries it. */
  id: string;
  org: string;
  write: Write;
  keyed: boolean;
  sentAt: number;
  /** Missing while the request is under way. */
  endedAt?: number;
  /** Missing when nobody knows what became of the request. */
  answer?: { status: number; body: Record<string, unknown> | undefined };
}

/**
 * What clients asked for and what they were told, kept outside of the system under test. Every line is on the disk before the request is sent or
 * its answer is used.
 */
export class Ledger {
  readonly entries: Entry[] = [];
  private readonly file: number;

  constructor(readonly path: string) {
    this.file = openSync(path, 'a');
  }

  intend(intent: Pick<Entry, 'id' | 'org' | 'write' | 'keyed'>): Entry {
    const entry: Entry = { ...intent, sentAt: performance.now() };
    this.entries.push(entry);
    this.append({ intent });
    return entry;
  }

  answered(entry: Entry, answer: NonNullable<Entry['answer']>): void {
    this.append({ answer: entry.id, ...answer });
    Object.assign(entry, { answer, endedAt: performance.now() });
  }

  unknown(entry: Entry, reason: string): void {
    this.append({ unknown: entry.id, reason });
    entry.endedAt = performance.now();
  }

  close(): void {
    closeSync(this.file);
  }

  private append(line: object): void {
    writeSync(this.file, `${JSON.stringify({ at: Date.now(), ...line })}\n`);
    fdatasyncSync(this.file);
  }
}

export const isOk = (entry: Entry): boolean => entry.answer !== undefined && entry.answer.status < 300;

/** The job that an answered write was given. */
export function jobOf(entry: Entry): string | undefined {
  const id = entry.answer?.body?.job_id;
  return typeof id === 'string' ? id : undefined;
}
