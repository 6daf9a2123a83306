import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from './lines-of.js';

const BUFFERED = 500;

/** Lines that are written once and read once, on the disk. The file has no name: nothing is left of it when the process ends, however. */
export class LineSpool {
  private buffered: string[] = [];

  private constructor(private readonly file: FileHandle) {}

  static async open(): Promise<LineSpool> {
    const folder = await mkdtemp(join(tmpdir(), 'cairn-export-'));
    try {
      return new LineSpool(await open(join(folder, 'lines'), 'wx+', 0o600));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async write(line: string): Promise<void> {
    if (this.buffered.push(line) >= BUFFERED) await this.flush();
  }

  async *read(): AsyncGenerator<string> {
    await this.flush();
    const bytes = this.file.createReadStream({ start: 0, autoClose: false });
    for await (const line of linesOf(bytes, Number.POSITIVE_INFINITY)) yield line.toString('utf8');
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async flush(): Promise<void> {
    const lines = this.buffered.splice(0);
    if (lines.length > 0) await this.file.appendFile(lines.map((line) => `${line}\n`).join(''));
  }
}
