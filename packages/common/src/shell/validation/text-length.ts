const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
const isVariationSelector = (unit: number) => unit === 0xfe0f || unit === 0xfe0e;

/** True when this code unit belongs to the character before it. */
function joinsPrevious(text: string, index: number): boolean {
  if (index === 0) return false;
  const unit = text.charCodeAt(index);
  const previous = text.charCodeAt(index - 1);
  if (isVariationSelector(unit)) return !isVariationSelector(previous);
  return isLowSurrogate(unit) && isHighSurrogate(previous);
}

function countUpTo(text: string, enough: number): number {
  let count = 0;
  for (let index = 0; index < text.length && count < enough; index++) if (!joinsPrevious(text, index)) count++;
  return count;
}

// Characters are counted as class-validator counts them: surrogate pairs and variation selectors do not count twice.

export function hasAtLeast(text: string, min: number): boolean {
  return countUpTo(text, min) >= min;
}

export function hasAtMost(text: string, max: number): boolean {
  return text.length <= max || countUpTo(text, max + 1) <= max;
}
