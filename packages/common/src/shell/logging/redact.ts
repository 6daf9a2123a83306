const HIDDEN = '[hidden]';
const SECRET_KEY = /^(?:proxy-)?authorization$|cookie$|password|passwd|secret|credentials?$|api[-_]?key$|(?:^|[-_])token$|[a-z]Token$/i;
const HEADER = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
// Only the first part of these is needed to find the secret's owner, and not even that is kept.
const KEYS: [RegExp, string][] = [
  [/\bcairn_[0-9A-Za-z]{20,}/g, HIDDEN],
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g, HIDDEN],
  // Begins at the colon: looking for the scheme before it took nine tenths of the time of all five.
  [/:\/\/[^\s/@"\\]+@/g, `://${HIDDEN}@`],
  [/([?&](?:access_)?token=)[^&\s"\\]+/gi, `$1${HIDDEN}`],
];

/** A line of text without credentials: bearer values, keys, JWTs, user and password of URLs. */
export function hideSecretsInText(text: string): string {
  return hideKeysInText(text.replace(HEADER, `$1 ${HIDDEN}`));
}

/** The same for what people write, who also ask for bearer bonds and basic training. */
export function hideKeysInText(text: string): string {
  return KEYS.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text);
}

function hideByKey(key: string, value: unknown, depth: number): unknown {
  if (typeof value === 'string' && SECRET_KEY.test(key)) return HIDDEN;
  return hideSecretFields(value, depth + 1);
}

/** A copy of what is to be logged, with the text of secret-sounding fields replaced. Errors and class instances pass as they are: their serializers pick fields. */
export function hideSecretFields(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 6) return value;
  if (Array.isArray(value)) return value.map((item) => hideSecretFields(item, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hideByKey(key, item, depth)]));
}
