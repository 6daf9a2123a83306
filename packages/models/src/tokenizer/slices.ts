const SPACE = /[ ▁]/;
const BLANK = /[\s▁]/;

// Before a space that follows a word every pre-tokenizer that we know cuts anyway. Not so before a line end: Qwen's takes "!\n" as one word.
function isAfterWord(text: string, at: number): boolean {
  return SPACE.test(text.charAt(at)) && !BLANK.test(text.charAt(at - 1));
}

function cutBefore(text: string, start: number, limit: number): number {
  for (let at = limit; at > start; at--) if (isAfterWord(text, at)) return at;
  const isInsidePair = (text.codePointAt(limit - 1) as number) > 0xffff;
  return isInsidePair ? limit - 1 : limit;
}

/** Cuts a long text into slices of at most `longest` characters, between words if there is such a place. */
export function* slicesOf(text: string, longest: number): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = start + longest >= text.length ? text.length : cutBefore(text, start, start + longest);
    yield text.slice(start, end);
    start = end;
  }
}
