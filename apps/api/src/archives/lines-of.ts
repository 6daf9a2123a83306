import { CairnError } from '@cairn/common';

const NEW_LINE = 0x0a;

/** The lines of a text in UTF-8, by \n alone: what else ends a line for people may stand inside of JSON. Holds one line at a time. */
export async function* linesOf(bytes: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  let number = 1;
  let line = new PartOfLine(number, mostBytes);
  for await (const chunk of bytes) {
    let from = 0;
    for (let at = chunk.indexOf(NEW_LINE); at >= 0; at = chunk.indexOf(NEW_LINE, from)) {
      yield line.with(chunk.subarray(from, at)).whole();
      line = new PartOfLine(++number, mostBytes);
      from = at + 1;
    }
    line.with(chunk.subarray(from));
  }
  if (line.size > 0) yield line.whole();
}

class PartOfLine {
  size = 0;
  private readonly parts: Buffer[] = [];

  constructor(
    private readonly number: number,
    private readonly mostBytes: number,
  ) {}

  with(part: Buffer): this {
    this.parts.push(part);
    this.size += part.length;
    if (this.size > this.mostBytes) throw this.tooLong();
    return this;
  }

  whole(): Buffer {
    return Buffer.concat(this.parts);
  }

  private tooLong(): CairnError {
    return new CairnError(
      'too_large',
      `Line ${this.number} of the archive has more than ${this.mostBytes} bytes. Of ours only the metadata of a document or of the collection is ever so long: shorten it, and export the collection again.`,
    );
  }
}
