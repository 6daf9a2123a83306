const NEEDS_QUOTES = /^$|[",\r\n]/;

/** One line of comma-separated values (RFC 4180): null is empty, and an empty text has quotes. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map((cell) => (cell === null ? '' : quoted(cell))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
