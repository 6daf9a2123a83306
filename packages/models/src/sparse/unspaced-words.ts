// A dictionary looks at a run as a whole: so no run takes it more than a moment.
const LONGEST_RUN = 1_000;
// Particles and endings of Japanese; other words are hardly written so.
const HIRAGANA = /^[\p{Script=Hiragana}ー]+$/u;
// Frequent words of Chinese that say nothing of what a text is about. Single characters are left out anyway.
const STOPS = new Set(
  '我们 你们 他们 她们 它们 这个 那个 这些 那些 这里 那里 这样 那样 一个 一些 一种 一样 可以 可能 能够 应该 需要 必须 因为 所以 但是 而且 或者 以及 如果 虽然 然后 还是 就是 不是 没有 什么 怎么 为了 通过 进行 使用 其中 其他 由于 关于 对于 根据 已经 非常 自己 之间 之后 之前 以上 以下 同时 这種 我們 這個 這些 沒有 如果 因為 所以 但是 以及 可以 進行 使用'.split(
    ' ',
  ),
);

let segmenter: Intl.Segmenter | undefined;

/** The words of letters that are written without spaces, by a dictionary; undefined for those that no keyword is made of. */
export function wordsOfRun(letters: readonly string[]): (string | undefined)[] {
  segmenter ??= new Intl.Segmenter('zh', { granularity: 'word' });
  const words: (string | undefined)[] = [];
  for (let at = 0; at < letters.length; at += LONGEST_RUN) {
    const part = letters.slice(at, at + LONGEST_RUN).join('');
    for (const { segment } of segmenter.segment(part)) words.push(isKeyword(segment) ? segment : undefined);
  }
  return words;
}

function isKeyword(word: string): boolean {
  return [...word].length > 1 && word.length <= 64 && !HIRAGANA.test(word) && !STOPS.has(word);
}
