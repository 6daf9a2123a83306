/** One part of tokenizer.json: a type and the settings of that type. */
export interface Part {
  type: string;
  [setting: string]: unknown;
}

export interface AddedToken {
  id: number;
  content: string;
  special?: boolean;
}

export interface ModelPart {
  type: 'BPE' | 'Unigram' | 'WordPiece';
  vocab: Record<string, number> | [string, number][];
  unk_token?: string | null;
  [setting: string]: unknown;
}

/** A published tokenizer.json; its truncation, padding and decoder are nothing to us. */
export interface TokenizerJson {
  normalizer: Part | null;
  pre_tokenizer: Part | null;
  post_processor: Part | null;
  added_tokens: readonly AddedToken[];
  model: ModelPart;
}

export function unsupported(what: string): Error {
  return new Error(`tokenizer.json: ${what} is not supported`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

// Old files leave the type out.
function guessType(model: Record<string, unknown>): unknown {
  if (model.type !== undefined) return model.type;
  if (Array.isArray(model.vocab)) return 'Unigram';
  return model.merges === undefined ? 'WordPiece' : 'BPE';
}

function readModel(model: unknown): ModelPart {
  if (!isObject(model) || typeof model.vocab !== 'object' || model.vocab === null) throw new Error('tokenizer.json has no model with a vocabulary');
  const type = guessType(model);
  if (type !== 'BPE' && type !== 'Unigram' && type !== 'WordPiece') throw unsupported(`the model ${type}`);
  return { ...model, type } as ModelPart;
}

function readPart(value: unknown, name: string): Part | null {
  if (value === undefined || value === null) return null;
  if (!isObject(value) || typeof value.type !== 'string') throw new Error(`tokenizer.json: ${name} has no type`);
  return value as Part;
}

/** Checks the outline only; each part is checked where it is made. */
export function readTokenizerJson(json: unknown): TokenizerJson {
  if (!isObject(json)) throw new Error('tokenizer.json is not an object');
  return {
    normalizer: readPart(json.normalizer, 'normalizer'),
    pre_tokenizer: readPart(json.pre_tokenizer, 'pre_tokenizer'),
    post_processor: readPart(json.post_processor, 'post_processor'),
    added_tokens: (json.added_tokens ?? []) as AddedToken[],
    model: readModel(json.model),
  };
}

/** The steps of a part that may be a sequence of parts, in order. */
export function stepsOf(part: Part | null, listName: string): Part[] {
  if (part === null) return [];
  return part.type === 'Sequence' ? (part[listName] as Part[]).flatMap((step) => stepsOf(step, listName)) : [part];
}
