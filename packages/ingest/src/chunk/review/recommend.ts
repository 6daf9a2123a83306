import type { ParsedText } from '../../parsed-text.js';
import { type TextTraits, traitsOf } from './traits.js';

/** The strategies that cost nothing but the cutting and fit without being asked for. */
export type RecommendedStrategy = 'code' | 'markdown' | 'sentence' | 'recursive' | 'tokens';

export interface Recommendation {
  strategy: RecommendedStrategy;
  options: { chunk_size: number; chunk_overlap: number };
  /** A sentence for people. */
  reason: string;
  traits: TextTraits;
}

interface Rule extends Pick<Recommendation, 'strategy' | 'options'> {
  holds(traits: TextTraits): boolean;
  reason(traits: TextTraits): string;
}

const CODE_TYPE =
  /^(?:text|application)\/(?:x-)?(?:code|source|python|java|javascript|ecmascript|typescript|c|c\+\+|csrc|c\+\+src|csharp|go|golang|rust|rustsrc|ruby|php|perl|sh|shellscript|sql|swift|kotlin|scala|lua|r)$/;
const MARKUP_TYPE = /^(?:text\/(?:markdown|html|x-rst|x-markdown)|application\/(?:pdf|epub\+zip|vnd\.openxmlformats.*))$/;
const TABLE_TYPE = /^(?:text\/csv|text\/tab-separated-values|application\/(?:x-ndjson|json|jsonl))$/;

// Of the characters of a text with words between spaces, and of lines of source code. From looking at our own sources and pages:
// prose has 15 to 20 % white space and less than one line in six that looks like code, source code more than four lines in ten.
const LEAST_SPACES = 0.02;
const LEAST_CODE = 0.4;
const LEAST_HEADINGS = 2;
const SECTION = 20_000;
const LONGEST_LINE = 5_000;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

// The first that holds decides.
const RULES: Rule[] = [
  {
    strategy: 'code',
    options: { chunk_size: 500, chunk_overlap: 100 },
    holds: ({ mimeType }) => CODE_TYPE.test(mimeType),
    reason: ({ mimeType }) => `The type of the file (${mimeType}) is that of source code: definitions stay whole.`,
  },
  {
    strategy: 'recursive',
    options: { chunk_size: 500, chunk_overlap: 0 },
    holds: ({ mimeType }) => TABLE_TYPE.test(mimeType),
    reason: ({ mimeType }) => `The file is a list of records (${mimeType}): lines stay whole, and none is repeated.`,
  },
  {
    strategy: 'code',
    options: { chunk_size: 500, chunk_overlap: 100 },
    holds: ({ codeShare, definitions, mimeType }) => codeShare >= LEAST_CODE && definitions > 0 && !MARKUP_TYPE.test(mimeType),
    reason: ({ codeShare, definitions }) => `${percent(codeShare)} of the lines look like source code, with ${definitions} definitions: these stay whole.`,
  },
  {
    strategy: 'markdown',
    options: { chunk_size: 800, chunk_overlap: 100 },
    holds: ({ headings, characters }) => headings >= LEAST_HEADINGS && characters / headings <= SECTION,
    reason: ({ headings }) => `The text has ${headings} headings: chunks follow its sections and carry their headings.`,
  },
  {
    strategy: 'tokens',
    options: { chunk_size: 500, chunk_overlap: 100 },
    holds: ({ spaceShare, sentences, characters }) => spaceShare < LEAST_SPACES && Math.min(characters, 100_000) / sentences > LONGEST_LINE,
    reason: ({ spaceShare }) => `${percent(spaceShare)} of the text is white space and it has hardly a sentence: there is no better place to cut than another.`,
  },
  {
    strategy: 'sentence',
    options: { chunk_size: 1_000, chunk_overlap: 200 },
    holds: ({ sentences, lines }) => sentences >= lines,
    reason: ({ sentences, paragraphs }) => `The text is prose: ${sentences} sentences in ${paragraphs} paragraphs were seen, and they stay whole.`,
  },
];

/** Which strategy fits a text by what can be seen of it, with the reason in a sentence. */
export function recommendChunking(parsed: ParsedText): Recommendation {
  const traits = traitsOf(parsed);
  const rule = traits.characters === 0 ? undefined : RULES.find(({ holds }) => holds(traits));
  if (rule) return { strategy: rule.strategy, options: { ...rule.options }, reason: rule.reason(traits), traits };
  const reason = `The text has ${traits.lines} lines and ${traits.sentences} sentences, no headings and no code: paragraphs, lines and sentences stay whole as far as they fit.`;
  return { strategy: 'recursive', options: { chunk_size: 1_000, chunk_overlap: 200 }, reason, traits };
}
