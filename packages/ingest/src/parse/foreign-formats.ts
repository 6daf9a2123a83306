/** What people upload and we do not read, by its first bytes, so that they are told what it is. */
const FOREIGN: [mark: string, what: string][] = [
  ['\x1f\x8b', 'a compressed file (GZIP)'],
  ['7z\xbc\xaf\x27\x1c', 'an archive (7z)'],
  ['Rar!\x1a\x07', 'an archive (RAR)'],
  ['BZh', 'a compressed file (BZIP2)'],
  ['\xfd7zXZ', 'a compressed file (XZ)'],
  ['\x28\xb5\x2f\xfd', 'a compressed file (Zstandard)'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
  ['\xca\xfe\xba\xbe', 'a program'],
  ['\0asm', 'a program'],
  ['SQLite format 3\0', 'a database (SQLite)'],
  ['PAR1', 'a table (Parquet)'],
  ['{\\rtf', 'a rich text (RTF)'],
  ['ID3', 'a recording'],
  ['OggS', 'a recording'],
  ['fLaC', 'a recording'],
  ['RIFF', 'a recording'],
  ['\x1aE\xdf\xa3', 'a film'],
  ['\0\0\x01\0', 'an icon'],
  ['BM', 'an image (BMP)'],
  ['8BPS', 'an image (Photoshop)'],
];
const ZIP = 'PK\x03\x04';
const COMPOUND = '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1';

export const isZip = (head: string): boolean => head.startsWith(ZIP) || head.startsWith('PK\x05\x06');

/** Old Office files, and new ones with a password, are both kept in this. */
export const isCompound = (head: string): boolean => head.startsWith(COMPOUND);

/** Of bytes that are no text: some marks are short, and text may begin with them, too. */
export function foreignFormat(head: string): string | undefined {
  if (head.slice(4, 8) === 'ftyp') return head.slice(8, 11) === 'hei' ? 'an image (HEIC)' : 'a film';
  return FOREIGN.find(([mark]) => head.startsWith(mark))?.[1];
}
