import type { AddedToken, ModelPart, TokenizerJson } from './tokenizer-json.js';

// No text holds a lone surrogate by the time its words are looked up, so nothing in a text can match a name that begins with one.
const UNREACHABLE = '\ud800';

// Runs of spaces and line ends are added tokens of some models, yet they are plain text.
const isBlank = ({ content, special }: AddedToken) => !special && /^[\s▁]+$/.test(content);

function hiddenTokens({ added_tokens, model }: TokenizerJson): Set<string> {
  const hidden = new Set(added_tokens.filter((token) => !isBlank(token)).map(({ content }) => content));
  if (typeof model.unk_token === 'string') hidden.add(model.unk_token);
  return hidden;
}

function mergesOf(model: ModelPart, hidden: Set<string>): unknown {
  const merges = model.merges as (string | [string, string])[] | undefined;
  return merges?.filter((merge) => !hidden.has(typeof merge === 'string' ? merge.replace(' ', '') : merge.join('')));
}

/**
 * The model with its special tokens out of reach: they keep their ids, but no text can spell them. Without this "</s>" would be one
 * token in models whose vocabulary lists it among the words.
 */
export function hideSpecialTokens(json: TokenizerJson): ModelPart {
  const hidden = hiddenTokens(json);
  const rename = (token: string) => (hidden.has(token) ? UNREACHABLE + token : token);
  const { model } = json;
  const vocab = Array.isArray(model.vocab)
    ? model.vocab.map(([token, score]): [string, number] => [rename(token), score])
    : Object.fromEntries(Object.entries(model.vocab).map(([token, id]) => [rename(token), id]));
  const unknown = typeof model.unk_token === 'string' ? { unk_token: rename(model.unk_token) } : {};
  return { ...model, ...unknown, vocab, ...(model.merges === undefined ? {} : { merges: mergesOf(model, hidden) }) };
}
