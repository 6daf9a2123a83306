import { Charsmap } from './charsmap.js';
import { type PatternPart, readPattern } from './split-text.js';
import { type Part, stepsOf, unsupported } from './tokenizer-json.js';

type Step = (text: string) => string;

const CONTROL = /[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu;
const SPACE = /\p{White_Space}/gu;
const CHINESE = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

// As a whole, JavaScript would give a final sigma another form than the library does.
const toLower: Step = (text) => text.replaceAll('Σ', 'σ').toLowerCase();
const withoutAccents: Step = (text) => text.normalize('NFD').replace(/\p{Mn}/gu, '');

function bertSteps(part: Part): Step[] {
  const lowers = part.lowercase !== false;
  const steps: Step[] = [];
  if (part.clean_text !== false) steps.push((text) => text.replace(CONTROL, '').replace(SPACE, ' '));
  if (part.handle_chinese_chars !== false) steps.push((text) => text.replace(CHINESE, ' $& '));
  if (part.strip_accents ?? lowers) steps.push(withoutAccents);
  if (lowers) steps.push(toLower);
  return steps;
}

function strip(part: Part): Step {
  const [left, right] = [part.strip_left !== false, part.strip_right !== false];
  return (text) => {
    const kept = left ? text.trimStart() : text;
    return right ? kept.trimEnd() : kept;
  };
}

function replace(part: Part): Step {
  const pattern = readPattern(part.pattern as PatternPart);
  return (text) => text.replace(pattern, () => part.content as string);
}

function precompiled(part: Part): Step {
  const charsmap = new Charsmap(part.precompiled_charsmap as string);
  return (text) => charsmap.normalise(text);
}

function stepsFor(part: Part): Step[] {
  switch (part.type) {
    case 'BertNormalizer':
      return bertSteps(part);
    case 'Precompiled':
      // Some files carry an empty table: nothing is replaced.
      return part.precompiled_charsmap ? [precompiled(part)] : [];
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = part.type;
      return [(text) => text.normalize(form)];
    }
    case 'Lowercase':
      return [toLower];
    case 'Prepend':
      return [(text) => (text === '' ? text : (part.prepend as string) + text)];
    case 'Replace':
      return [replace(part)];
    case 'Strip':
      return [strip(part)];
    case 'StripAccents':
      return [(text) => text.replace(/\p{M}/gu, '')];
    default:
      throw unsupported(`the normalizer ${part.type}`);
  }
}

/** The form of a text that the model's words are written in. */
export function makeNormalizer(part: Part | null): Step {
  const steps = stepsOf(part, 'normalizers').flatMap(stepsFor);
  return (text) => steps.reduce((normalised, step) => step(normalised), text);
}
