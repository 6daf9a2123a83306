import { PassThrough, type Readable } from 'node:stream';
import busboy from 'busboy';
import type { LimitsConfig } from '../../config/limits.config.js';
import { fileNameOf } from './file-name.js';
import { callerGone, malformedForm, noBoundary, tooMuch, wrongField } from './form-problems.js';

/** A file of a form while it arrives. Names and type are what the caller says. */
export interface UploadedFile {
  fieldName: string;
  /** The last part of the name, without control characters, at most 255 bytes of UTF-8. */
  fileName: string;
  mimeType: string;
  /** Its bytes. They come as fast as they are read; a file that is not read is skipped. Fails when the form does. */
  stream: Readable;
}

// Fields say something about files; who sends more sends no such thing.
const FIELDS = 100;
const FIELD_BYTES = 1_000_000;

type Limits = Pick<LimitsConfig, 'uploadBytes' | 'uploadFiles'>;

// The parser calls a file or field cut off that has exactly the size of its limit.
function limitsOf({ uploadBytes, uploadFiles }: Limits): busboy.Limits {
  return { fileSize: uploadBytes + 1, files: uploadFiles, fieldSize: FIELD_BYTES + 1, fields: FIELDS, parts: uploadFiles + FIELDS + 1 };
}

function parserFor(contentType: string, limits: Limits): busboy.Busboy {
  try {
    return busboy({ headers: { 'content-type': contentType }, limits: limitsOf(limits), preservePath: true, defParamCharset: 'utf8' });
  } catch (error) {
    throw noBoundary(error);
  }
}

/** A form that is read while it arrives: one file after the other, none as a whole in memory. Nothing is read before the first file is asked for. */
export class ArrivingForm {
  /** By name; complete when there are no more files. */
  readonly fields: Record<string, string> = Object.create(null);
  /** In the order of the form; can be gone through once. Throws what is wrong with the form. */
  readonly files: AsyncIterable<UploadedFile>;
  private readonly parser: busboy.Busboy;
  private readonly waiting: UploadedFile[] = [];
  private state: 'arriving' | 'ended' | 'over' = 'arriving';
  private failure: Error | undefined;
  private wakeReader = () => {};
  private wakePump = () => {};
  private leaveWrite = () => {};

  constructor(
    private readonly body: Readable,
    contentType: string,
    private readonly limits: Limits,
  ) {
    this.parser = parserFor(contentType, limits);
    this.listen();
    this.files = this.read();
  }

  private listen(): void {
    this.parser
      .on('file', (name, file, info) => this.orFail(() => this.addFile(name, file, info)))
      .on('field', (name, value, { valueTruncated }) => this.orFail(() => this.addField(name, value, valueTruncated)))
      .on('filesLimit', () => this.fail(tooMuch(`more than ${this.limits.uploadFiles} files`)))
      .on('fieldsLimit', () => this.fail(tooMuch(`more than ${FIELDS} fields`)))
      .on('partsLimit', () => this.fail(tooMuch('too many parts')))
      .on('error', (error) => this.fail(malformedForm(error)))
      .on('finish', () => this.end('ended'));
  }

  private async *read(): AsyncGenerator<UploadedFile> {
    void this.pump();
    try {
      for (;;) {
        if (this.failure) throw this.failure;
        const file = this.waiting.shift();
        if (file) {
          this.wakePump();
          yield file;
          file.stream.destroy(); // what was not read of it is skipped
        } else if (this.state === 'arriving') await new Promise<void>((resolve) => (this.wakeReader = resolve));
        else return;
      }
    } finally {
      this.end('over');
    }
  }

  /** Feeds the parser, and no further while a file waits to be read: small ones would gather in memory. Leaves the body open: the answer goes the same way back. */
  private async pump(): Promise<void> {
    try {
      for await (const chunk of this.body.iterator({ destroyOnReturn: false })) {
        await this.write(chunk);
        while (this.waiting.length > 0 && this.state === 'arriving') await new Promise<void>((resolve) => (this.wakePump = resolve));
        if (this.state !== 'arriving') return;
      }
      this.parser.end();
    } catch (error) {
      this.fail(callerGone(error));
    }
  }

  /** Resolves when the parser wants more, which is when the reader of a file has made room; or when all is over, as a destroyed parser never says so. */
  private write(chunk: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.leaveWrite = resolve;
      this.parser.write(chunk, () => resolve());
    });
  }

  private addFile(fieldName: string | undefined, file: Readable, { filename, mimeType }: busboy.FileInfo): void {
    const stream = this.guard(file);
    if (!fieldName) throw wrongField('a file of the form has no field name');
    this.waiting.push({ fieldName, fileName: fileNameOf(filename), mimeType, stream });
    this.wakeReader();
  }

  /** The bytes of a file for others to read, or to leave: what they do not take is skipped, so that the next file can come. */
  private guard(file: Readable): Readable {
    const stream = new PassThrough();
    stream.on('error', () => undefined); // it may fail before somebody listens
    file.on('limit', () => this.fail(tooMuch(`a file of more than ${this.limits.uploadBytes} bytes`)));
    file.on('error', (error) => stream.destroy(malformedForm(error)));
    file.pipe(stream);
    stream.on('close', () => file.resume());
    return stream;
  }

  private addField(name: string | undefined, value: string, isCut: boolean): void {
    if (!name) throw wrongField('a field of the form has no name');
    if (isCut) throw tooMuch(`a field of more than ${FIELD_BYTES} bytes`);
    if (name in this.fields) throw wrongField('a field of the form is there twice');
    this.fields[name] = value;
  }

  private orFail(action: () => void): void {
    try {
      if (this.state === 'arriving') action();
    } catch (error) {
      this.fail(malformedForm(error));
    }
  }

  private fail(error: Error): void {
    if (this.state !== 'arriving') return;
    this.failure = error;
    this.end('over', error);
  }

  private end(state: 'ended' | 'over', error?: Error): void {
    this.state = state;
    if (state === 'over') this.parser.destroy(error);
    this.wakeReader();
    this.wakePump();
    this.leaveWrite();
  }
}
