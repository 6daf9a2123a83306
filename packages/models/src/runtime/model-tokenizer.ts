import { AnsweringThread } from '../threads/answering-thread.js';
import type { Encoding, PairEncoding, Tokenizer } from '../tokenizer/encoding.js';
import { makeTokenizer } from '../tokenizer/tokenizer.js';
import { readTokenizerFile } from './model-files.js';
import type { RunnableModel, VisionTower } from './towers.js';

export type TokenizerRequest = { first: string; second?: string };
export type TokenizerAnswer = Encoding | PairEncoding;

/** What the thread makes a tokenizer of. */
export interface TokenizerData {
  json: unknown;
  maxTokens: number;
}

/** Takes some 5 ms, of the slowest kinds of tokenizers 50. */
const LONG_TEXT = 50_000;
const THREAD_ENTRY = new URL('./tokenizer.thread.js', import.meta.url);

/** The tokenizer of a model, which reads a long text in a thread of its own: a megabyte would keep the process from everything else. */
export class ModelTokenizer {
  private readonly thread: AnsweringThread<TokenizerRequest, TokenizerAnswer>;

  constructor(
    private readonly tokenizer: Tokenizer,
    data: TokenizerData,
  ) {
    this.thread = new AnsweringThread({ entry: THREAD_ENTRY, name: 'cairn-tokenizer', workerData: data });
  }

  static async open(model: Exclude<RunnableModel, VisionTower>): Promise<ModelTokenizer> {
    const data = { json: await readTokenizerFile(model), maxTokens: model.maxTokens };
    return new ModelTokenizer(makeTokenizer(data.json, data.maxTokens), data);
  }

  async encode(text: string): Promise<Encoding> {
    return text.length < LONG_TEXT ? this.tokenizer.encode(text) : await this.thread.ask({ first: text });
  }

  async encodePair(first: string, second: string): Promise<PairEncoding> {
    if (first.length + second.length < LONG_TEXT) return this.tokenizer.encodePair(first, second);
    return (await this.thread.ask({ first, second })) as PairEncoding;
  }

  async stop(): Promise<void> {
    await this.thread.stop();
  }
}
