import { spellBytes } from './byte-level.js';
import { type PatternPart, readPattern, type SplitBehaviour, type SplitRule, splitText } from './split-text.js';
import { type Part, stepsOf, unsupported } from './tokenizer-json.js';

/** Cuts a piece of text into smaller ones; `isStart` is true for the one that begins the text. */
type Step = (piece: string, isStart: boolean) => string[];

const GPT2_WORDS = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const PUNCTUATION = String.raw`[\p{P}$+<=>^${'`'}|~]`;
const SPACES = String.raw`\s+`;
const METASPACE = '▁';
const BEHAVIOURS: readonly string[] = ['Removed', 'Isolated', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext'];

function splitBy(pattern: PatternPart, behaviour: SplitBehaviour, invert = false): Step {
  const rule: SplitRule = { pattern: readPattern(pattern), behaviour, invert };
  return (piece) => splitText(piece, rule);
}

function readBehaviour(part: Part, otherwise: SplitBehaviour): SplitBehaviour {
  const behaviour = part.behavior ?? otherwise;
  if (!BEHAVIOURS.includes(behaviour as string)) throw unsupported(`the pre-tokenizer ${part.type} with behavior ${behaviour}`);
  return behaviour as SplitBehaviour;
}

function byteLevel(part: Part): Step[] {
  const steps: Step[] = [];
  if (part.add_prefix_space === true) steps.push((piece) => [piece.startsWith(' ') ? piece : ` ${piece}`]);
  if (part.use_regex !== false) steps.push(splitBy({ Regex: GPT2_WORDS }, 'Isolated'));
  return [...steps, (piece) => [spellBytes(piece)]];
}

function metaspace(part: Part): Step[] {
  const mark = (part.replacement ?? METASPACE) as string;
  const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? 'never' : 'always');
  const isPrefixed = (isStart: boolean) => scheme === 'always' || (scheme === 'first' && isStart);
  const prefix: Step = (piece, isStart) => {
    const marked = piece.replaceAll(' ', mark);
    return [!marked.startsWith(mark) && isPrefixed(isStart) ? mark + marked : marked];
  };
  return part.split === false ? [prefix] : [prefix, splitBy({ String: mark }, 'MergedWithNext')];
}

function stepsFor(part: Part): Step[] {
  switch (part.type) {
    case 'ByteLevel':
      return byteLevel(part);
    case 'Metaspace':
      return metaspace(part);
    case 'Split':
      return [splitBy(part.pattern as PatternPart, readBehaviour(part, 'Isolated'), part.invert === true)];
    case 'Whitespace':
      return [splitBy({ Regex: String.raw`\w+|[^\w\s]+` }, 'Removed', true)];
    case 'WhitespaceSplit':
      return [splitBy({ Regex: SPACES }, 'Removed')];
    case 'BertPreTokenizer':
      return [splitBy({ Regex: SPACES }, 'Removed'), splitBy({ Regex: PUNCTUATION }, 'Isolated')];
    case 'Punctuation':
      return [splitBy({ Regex: PUNCTUATION }, readBehaviour(part, 'Isolated'))];
    case 'Digits':
      return [splitBy({ Regex: String.raw`\p{N}` }, part.individual_digits === true ? 'Isolated' : 'Contiguous')];
    case 'CharDelimiterSplit':
      return [splitBy({ String: part.delimiter as string }, 'Removed')];
    default:
      throw unsupported(`the pre-tokenizer ${part.type}`);
  }
}

/** From a normalised text to the words that the model then cuts into tokens, each on its own. */
export function makePreTokenizer(part: Part | null): (text: string, isStart: boolean) => string[] {
  const steps = stepsOf(part, 'pretokenizers').flatMap(stepsFor);
  return (text, isStart) => {
    let pieces = [text];
    for (const step of steps) pieces = pieces.flatMap((piece, i) => step(piece, isStart && i === 0));
    return pieces;
  };
}
