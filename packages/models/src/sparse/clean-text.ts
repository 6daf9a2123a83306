import { isKnown, isMark, sizeOf } from './characters.js';

// Sorting the marks of one letter takes quadratic time in Node's normalize (80,000 marks: 2 s). No language puts so many on a letter.
const MOST_MARKS = 16;
// Soft hyphens, joiners, marks of direction, variation selectors.
const INVISIBLE = /\u034f|[\ufe00-\ufe0f]|[\u00ad\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const HYPHENS = /[\u2010-\u2013\u2212]/g;
const APOSTROPHES = /[\u2018\u2019\u02bc]/g;
const ASCII = /^[\0-\x7f]*$/;

/** Unknown characters become spaces: a newer Node may normalize them in another way. Marks beyond the most are dropped. */
function keepKnown(text: string): string {
  let kept = '';
  let from = 0;
  let marks = 0;
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at) as number;
    const end = at + sizeOf(codePoint);
    marks = isMark(codePoint) ? marks + 1 : 0;
    if (!isKnown(codePoint) || marks > MOST_MARKS) {
      kept += text.slice(from, at) + (marks > 0 ? '' : ' ');
      from = end;
    }
    at = end;
  }
  return kept + text.slice(from);
}

/** The text in NFKC, with one kind of hyphen and of apostrophe, and without what cannot be seen. The same for ever: later characters become spaces. */
export function cleanText(text: string): string {
  if (ASCII.test(text)) return text;
  return keepKnown(text.replace(INVISIBLE, '')).replace(HYPHENS, '-').replace(APOSTROPHES, "'").normalize('NFKC').replace(HYPHENS, '-');
}
