/** Says what Postgres and UTF-8 cannot carry, and where; undefined for a good text. */
export function flawOfText(text: string): string | undefined {
  const nul = text.indexOf('\0');
  if (nul >= 0) return `has a NUL character (U+0000) at position ${nul}; remove it`;
  if (text.isWellFormed()) return undefined;
  return `has half a surrogate pair at position ${placeOfLoneSurrogate(text)}, which is not valid Unicode; remove it`;
}

function placeOfLoneSurrogate(text: string): number {
  let place = 0;
  for (const character of text) {
    if (!character.isWellFormed()) return place;
    place += character.length;
  }
  return -1;
}
