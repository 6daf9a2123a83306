import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Content } from './documents.service.js';

/** Sends what somebody uploaded. It is never shown in a page of ours, whatever it says it is. */
export async function sendContent(reply: FastifyReply, content: Content, open: (hash: string) => Promise<Readable> | Readable): Promise<void> {
  const { bytes, hash, size, mimeType, fileName } = content;
  void reply.header('content-type', isHeader(mimeType) ? mimeType : 'application/octet-stream');
  void reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`);
  void reply.header('x-content-type-options', 'nosniff');
  void reply.header('etag', `"${hash}"`);
  void reply.header('content-length', size);
  await reply.send(bytes ?? (await open(hash)));
}

const isHeader = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);
