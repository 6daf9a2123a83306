import { createHash } from 'node:crypto';
import { CairnError, flawOfText } from '@cairn/common';
import { linesOf } from './lines-of.js';

/** The lines of an archive as they arrive, one in memory at a time, each with what came before it sealed. */
export class ArchiveLines {
  /** Counted from 1, for people. */
  private number = 0;
  private readonly seal = createHash('sha256');
  private readonly lines: AsyncGenerator<Buffer>;

  constructor(bytes: AsyncIterable<Buffer>, mostBytes: number) {
    this.lines = linesOf(bytes, mostBytes);
  }

  /** The next line, which is part of what is sealed; throws when there is none. */
  async next(): Promise<Record<string, unknown>> {
    const line = await this.read();
    if (line === undefined) throw this.damaged('it ends too early');
    const value = this.parsed(line);
    if (!('end' in value)) this.seal.update(line).update('\n');
    return value;
  }

  /** What the seal of all lines so far is; throws when more follows. */
  async finish(): Promise<string> {
    if ((await this.read()) !== undefined) throw this.damaged('something follows its end');
    return this.seal.digest('hex');
  }

  damaged(what: string): CairnError {
    const message = `line ${this.number}: ${what}`;
    return new CairnError('invalid_input', `The archive cannot be read, ${message}. Export the collection again, and send the file as it is.`, {
      errors: [{ path: 'file', message }],
    });
  }

  private async read(): Promise<Buffer | undefined> {
    this.number++;
    const { value, done } = await this.lines.next();
    return done ? undefined : value;
  }

  private parsed(line: Buffer): Record<string, unknown> {
    const value = this.json(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.damaged('it is no object');
    return value as Record<string, unknown>;
  }

  private json(line: Buffer): unknown {
    try {
      return JSON.parse(line.toString('utf8'), refuseWhatCannotBeStored);
    } catch {
      throw this.damaged('it is no JSON, or holds what cannot be stored');
    }
  }
}

function refuseWhatCannotBeStored(key: string, value: unknown): unknown {
  if (key === '__proto__' || flawOfText(key) !== undefined) throw new Error('key');
  if (typeof value === 'string' && flawOfText(value) !== undefined) throw new Error('text');
  return value;
}
