export interface FrontMatter {
  metadata: Record<string, string>;
  /** What comes after it. */
  body: string;
}

/** The longest that is looked for its end, so that a line of dashes at the top of a large file costs nothing. */
const LONGEST = 64 * 1024;
const FENCED = /^---[ \t]*\n([\s\S]*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|$)/;

/** YAML between two lines of dashes at the top of a text. What is not YAML is text. */
export async function frontMatter(text: string): Promise<FrontMatter> {
  const fenced = FENCED.exec(text.slice(0, LONGEST));
  const values = fenced === null ? undefined : await mapping(fenced[1] ?? '');
  if (fenced === null || values === undefined) return { metadata: {}, body: text };
  return { metadata: inWords(values), body: text.slice(fenced[0].length) };
}

async function mapping(yaml: string): Promise<Record<string, unknown> | undefined> {
  const { parse } = await import('yaml');
  try {
    // Scalars as they are written: a version 1.10 is not the number 1.1. The library ends aliases of aliases itself.
    const values: unknown = parse(yaml, { schema: 'failsafe', maxAliasCount: 20 });
    return typeof values === 'object' && values !== null && !Array.isArray(values) ? (values as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Single values, and lists of them; what is nested deeper is left out. */
function inWords(values: Record<string, unknown>): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) {
    const words = [value].flat().filter((word) => typeof word === 'string' && word !== '');
    if (words.length > 0) metadata[key.toLowerCase()] = words.join(', ');
  }
  return metadata;
}
