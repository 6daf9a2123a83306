import { readXml, type XmlSource } from '../xml/read-xml.js';

/** Built-in formats of dates and times, by number (ECMA-376, 18.8.30). */
const BUILT_IN = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58]);
const DAY_MS = 86_400_000;
/** Days from the beginning of a workbook's calendar to 1970. */
const EPOCHS = { 1900: 25_569, 1904: 24_107 };

/** Which cell formats (by their place in the list) show a number as a date or time. */
export function dateFormats(source: XmlSource): Set<number> {
  const custom = new Set<number>();
  const dates = new Set<number>();
  let isInCells = false;
  let at = 0;
  readXml(source, {
    open(tag, { numFmtId, formatCode = '' }) {
      if (tag === 'numFmt' && isDateCode(formatCode)) custom.add(Number(numFmtId));
      if (tag === 'cellXfs') isInCells = true;
      if (tag !== 'xf' || !isInCells) return;
      const id = Number(numFmtId ?? 0);
      if (BUILT_IN.has(id) || custom.has(id)) dates.add(at);
      at++;
    },
    close(tag) {
      if (tag === 'cellXfs') isInCells = false;
    },
  });
  return dates;
}

/** `yyyy-mm-dd` is one, `"days: "0` and `[Red]0.00` are none. */
function isDateCode(code: string): boolean {
  return code.length < 255 && /[ymdhs]/i.test(code.replaceAll(/"[^"]*"|\[[^\]]*\]|\\./g, ''));
}

/** `1960-05-11`, `1960-05-11 13:45:00` or `13:45:00`; the number itself where it is no date. */
export function dateInWords(serial: string, calendar: 1900 | 1904): string {
  const days = Number(serial);
  const date = new Date(Math.round((days - EPOCHS[calendar]) * DAY_MS));
  if (!Number.isFinite(days) || days < 0 || Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return serial;
  const [day = '', time = ''] = date.toISOString().slice(0, 19).split('T');
  if (days < 1) return time;
  return Number.isInteger(days) ? day : `${day} ${time}`;
}
