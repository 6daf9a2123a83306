// No words of any language: what could not be decoded, control characters, signs that are not given away.
const JUNK = /[\ufffd\u0080-\u0084\u0086-\u009f\p{Co}\p{Cn}]/u;
// "Za¿ó³æ"
const SIGN_INSIDE = /\p{L}(?!\p{ASCII})[\p{S}\p{No}¿¡«»]\p{L}/u;
// "пРИВЕТ"
const CASE = /\p{Ll}(?!\p{ASCII})\p{Lu}|(?!\p{ASCII})\p{Ll}\p{Lu}/u;
// "naпve", but not "5µm", whose sign is of no script, and not what is written beside Latin letters.
const STRANGE = String.raw`(?![\p{sc=Latin}\p{sc=Zyyy}\p{sc=Han}\p{sc=Hang}\u3040-\u30ff])[\p{L}\uff61-\uff9f]`;
const MIXED = new RegExp(String.raw`\p{sc=Latin}${STRANGE}|${STRANGE}\p{sc=Latin}|\p{sc=Cyrl}(?!\p{sc=Cyrl})${STRANGE}`, 'u');
const TWO_SCRIPTS = /\p{sc=Han}[\p{sc=Hang}\uff66-\uff9f]|[\p{sc=Hang}\uff66-\uff9f]\p{sc=Han}/u;
// "Stra硁": one character of East Asia that took a letter with it.
const LONE = /[A-Za-z][\p{sc=Han}\p{sc=Hang}](?![\p{sc=Han}\p{sc=Hang}])|(?<![\p{sc=Han}\p{sc=Hang}])[\p{sc=Han}\p{sc=Hang}][A-Za-z]/u;
const WRONG = [JUNK, SIGN_INSIDE, CASE, MIXED, TWO_SCRIPTS, LONE];

// A name here and a formula there look odd in a text that was read well.
const MOST_WRONG = 0.1;
const LONGEST_WORD = 200;

/** Whether what is not plain ASCII in a text looks like words that people write: bytes in another encoding than they are read in seldom do. */
export function readsAsWords(text: string): boolean {
  let [wrong, all] = [0, 0];
  for (const [word] of text.matchAll(/\S+/g)) {
    if (!/[^\p{ASCII}]/u.test(word)) continue;
    all++;
    const head = word.slice(0, LONGEST_WORD);
    if (WRONG.some((pattern) => pattern.test(head))) wrong++;
  }
  return wrong <= all * MOST_WRONG;
}
