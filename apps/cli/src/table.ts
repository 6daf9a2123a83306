/** Wider cells are cut. */
const WIDEST = 60;

/** Rows as people read them: one line for the names, one below it, and one for each row. */
export function tableOf(names: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const cells = rows.map((row) => names.map((name) => cellOf(row[name])));
  const widths = names.map((name, at) => Math.max(lengthOf(name), ...cells.map((line) => lengthOf(line[at] as string))));
  const line = (words: readonly string[]) =>
    words
      .map((word, at) => word + ' '.repeat((widths[at] as number) - lengthOf(word)))
      .join('  ')
      .trimEnd();
  return [line(names), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\s+/g, ' ');
  const characters = Array.from(text);
  return characters.length > WIDEST ? `${characters.slice(0, WIDEST - 1).join('')}…` : text;
}

const lengthOf = (text: string): number => Array.from(text).length;
