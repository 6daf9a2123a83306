import { createHash } from 'node:crypto';
import { CairnError, flawInside } from '@cairn/common';
import { linesOf } from './lines-of.js';

/** The lines of an archive as they arrive, one in memory at a time, each with what came before it sealed. */
export class ArchiveLines {
  /** Counted from 1, for people. */
  private number = 0;
  /** Bytes of the line that was read last. */
  size = 0;
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

  tooLarge(what: string): CairnError {
    return new CairnError(
      'too_large',
      `The archive cannot be taken, line ${this.number}: ${what}. Keep its documents in several collections, or shorten their metadata, and export again.`,
    );
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
    this.size = value?.length ?? 0;
    return done ? undefined : value;
  }

  private parsed(line: Buffer): Record<string, unknown> {
    const value = this.json(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.damaged('it is no object');
    return value as Record<string, unknown>;
  }

  private json(line: Buffer): unknown {
    try {
      const value: unknown = JSON.parse(line.toString('utf8'));
      if (flawInside(value) === undefined) return value;
    } catch {
      throw this.damaged('it is no JSON');
    }
    throw this.damaged('it holds what cannot be stored');
  }
}
