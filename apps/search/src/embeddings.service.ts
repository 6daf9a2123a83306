import { setImmediate as nextTurn } from 'node:timers/promises';
import { CairnError, type EmbeddedTexts, type EmbeddingsDto, floatBytes, floatsOf, type ModelDirectory } from '@cairn/common';
import { type ModelName, resolveTextModel } from '@cairn/models/catalogue';
import { messageParts } from './message-parts.js';
import type { TextEmbedder } from './text-embedder.js';

// Vectors of so many texts fit into the answer, unless they are very long ones; a part of many texts takes a while.
const PART_TEXTS = 64;
const ANSWER_BYTES = 600_000;
const BYTES_PER_NUMBER = 6;
const PART_DEADLINE_MS = 30_000;
// Numbers as text take 60 us a vector; so many are written before others get their turn.
const VECTORS_PER_TURN = 64;

interface Embedded {
  vector: Float32Array;
  tokens: number;
  readTokens: number;
}

/** Vectors for whoever asks, in OpenAI's form; nothing is stored. */
export class EmbeddingsService {
  constructor(
    private readonly embedder: TextEmbedder,
    private readonly models: ModelDirectory,
  ) {}

  /** The body of the answer, as JSON: it is written in parts, so that thousands of vectors hold nobody up. Stops when the signal is aborted. */
  async answer(dto: EmbeddingsDto, signal: AbortSignal): Promise<string> {
    const model = await resolveTextModel(dto.model, () => this.models.list());
    const dimension = dimensionOf(model, dto.dimensions);
    const embedded = await this.embed(model, dto.input_type ?? 'document', [dto.input].flat(), signal);
    const tokens = embedded.reduce((sum, { readTokens }) => sum + readTokens, 0);
    const truncated = embedded.flatMap((one, index) => (one.readTokens < one.tokens ? [{ index, tokens: one.tokens, read_tokens: one.readTokens }] : []));
    const head = { object: 'list', model: model.id, usage: { prompt_tokens: tokens, total_tokens: tokens }, ...(truncated.length > 0 ? { truncated } : {}) };
    const items: string[] = [];
    for (const [index, { vector }] of embedded.entries()) {
      if (index % VECTORS_PER_TURN === VECTORS_PER_TURN - 1) await nextTurn();
      items.push(`{"object":"embedding","index":${index},"embedding":${written(shortened(vector, dimension), dto.encoding_format)}}`);
    }
    return `${JSON.stringify(head).slice(0, -1)},"data":[${items.join(',')}]}`;
  }

  private async embed(model: ModelName, mode: 'document' | 'query', texts: string[], signal: AbortSignal): Promise<Embedded[]> {
    const embedded: Embedded[] = [];
    const most = Math.max(1, Math.min(PART_TEXTS, Math.floor(ANSWER_BYTES / (model.dimension * BYTES_PER_NUMBER))));
    const patience = { deadlineMs: PART_DEADLINE_MS, signal };
    for (const part of messageParts(texts, most)) embedded.push(...unpacked(await this.embedder.embed(model, mode, part, patience)));
    return embedded;
  }
}

function dimensionOf(model: ModelName, wanted: number | undefined): number {
  const whole = model.dimension;
  const shorter = model.shorterDimensions ?? [];
  if (wanted === undefined || wanted === whole || shorter.includes(wanted)) return wanted ?? whole;
  const message = `dimensions can be ${[whole, ...shorter].join(', ')} with the model ${model.id}, it is ${wanted}.`;
  throw new CairnError('invalid_input', message, { errors: [{ path: 'dimensions', message }] });
}

function unpacked({ vectors, tokens, readTokens }: EmbeddedTexts): Embedded[] {
  const floats = floatsOf(Buffer.from(vectors, 'base64'));
  const dimension = floats.length / tokens.length;
  return tokens.map((count, at) => ({
    vector: floats.subarray(at * dimension, (at + 1) * dimension),
    tokens: count,
    readTokens: readTokens[at] as number,
  }));
}

function shortened(vector: Float32Array, dimension: number): Float32Array {
  if (dimension === vector.length) return vector;
  const part = vector.slice(0, dimension);
  const length = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0));
  return part.map((value) => value / length);
}

function written(vector: Float32Array, format: EmbeddingsDto['encoding_format']): string {
  return format === 'base64' ? `"${floatBytes(vector).toString('base64')}"` : JSON.stringify(Array.from(vector));
}
