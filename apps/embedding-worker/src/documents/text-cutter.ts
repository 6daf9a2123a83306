import { type CutText, type CutTextRequest, PermanentJobError } from '@cairn/common';
import type { TextPreview } from '@cairn/ingest/prepare';
import type { CountingModel, DocumentContent, DocumentPreparer } from './document-preparer.js';

const DEADLINE_MS = 20_000;
/** A message of NATS holds a megabyte. */
const MOST_BYTES = 700_000;
/** Of how a text is read, not of how it is cut, which the plans say. */
const READING = { strategy: 'auto', chunkSize: 1_000, config: {}, embedContext: false } as const;

/** Says what plans make of a text, while somebody waits for it. Nothing of it is kept. */
export class TextCutter {
  constructor(private readonly preparer: DocumentPreparer) {}

  get models(): readonly CountingModel[] {
    return this.preparer.textModels;
  }

  async cut({ model, content, mimeType, plans, limit }: CutTextRequest, wanted: AbortSignal): Promise<CutText> {
    const tooSlow = new PermanentJobError('chunking_too_slow', `This text could not be cut within ${DEADLINE_MS / 1_000} seconds. Try a part of it.`);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(tooSlow), DEADLINE_MS);
    const signal = AbortSignal.any([wanted, deadline.signal]);
    try {
      const parsed = await this.preparer.parse(contentOf(content, mimeType), { ...READING, model }, signal);
      const preview = await this.preparer.preview(parsed, { plans, model, limit }, signal);
      return { characters: parsed.text.length, preview: fitting(preview) };
    } finally {
      clearTimeout(timer);
    }
  }
}

function contentOf(content: CutTextRequest['content'], mimeType: string | undefined): DocumentContent {
  const type = mimeType === undefined ? {} : { mimeType };
  return 'text' in content ? { ...content, ...type } : { bytes: Buffer.from(content.bytes, 'base64'), fileName: content.fileName, ...type };
}

/** As many chunks of each plan as fit into an answer, each plan with the same room. */
function fitting({ recommendation, previews }: TextPreview): TextPreview {
  const room = Math.floor(MOST_BYTES / Math.max(1, previews.length));
  return { recommendation, previews: previews.map((preview) => ({ ...preview, chunks: beginningOf(preview.chunks, room) })) };
}

function beginningOf<T>(chunks: T[], room: number): T[] {
  let bytes = 0;
  const end = chunks.findIndex((chunk) => {
    bytes += Buffer.byteLength(JSON.stringify(chunk));
    return bytes > room;
  });
  return end === -1 ? chunks : chunks.slice(0, end);
}
