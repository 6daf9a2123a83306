import { createHash } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import { Endpoint } from '../endpoints/endpoint.decorator.js';
import { FromUpload, type Upload } from '../endpoints/from-upload.decorator.js';
import type { UploadedFile } from '../http/arriving-form.js';

export class Note {
  @IsString()
  @MaxLength(100)
  text!: string;
}

export interface SeenFile {
  fieldName: string;
  fileName: string;
  mimeType: string;
  size: number;
  hash: string;
}

/** What the form is doing, for tests that look from outside. */
export const uploads = { begun: 0, failures: [] as unknown[] };

async function see({ stream, ...names }: UploadedFile): Promise<SeenFile> {
  uploads.begun += 1;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    hash.update(chunk);
  }
  return { ...names, size, hash: hash.digest('hex') };
}

/** Takes JSON and forms, and says what it saw. */
@Controller()
export class UploadController {
  @Endpoint('POST /uploads', { summary: 'Says what was sent.', permission: { scope: 'write' }, answers: { 200: { type: 'object' } }, unknownFields: 'refuse' })
  async upload(@FromUpload(Note) upload: Upload<Note>): Promise<object> {
    if (upload.kind === 'json') return upload;
    const files: SeenFile[] = [];
    try {
      for await (const file of upload.files) files.push(await see(file));
    } catch (error) {
      uploads.failures.push(error);
      throw error;
    }
    return { kind: 'form', fields: upload.fields, files };
  }

  @Endpoint('POST /uploads/names', { summary: 'Reads no file.', permission: { scope: 'write' }, answers: { 200: { type: 'object' } }, unknownFields: 'refuse' })
  async names(@FromUpload(Note) upload: Upload<Note>): Promise<object> {
    const names: string[] = [];
    if (upload.kind === 'form') for await (const { fileName } of upload.files) names.push(fileName);
    return { names };
  }

  @Endpoint('POST /uploads/refused', {
    summary: 'Refuses before it looks.',
    permission: { scope: 'write' },
    answers: { 200: { type: 'object' } },
    unknownFields: 'refuse',
  })
  refuse(@FromUpload(Note) upload: Upload<Note>): object {
    return { kind: upload.kind };
  }
}
