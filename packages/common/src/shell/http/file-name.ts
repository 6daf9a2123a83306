import { CairnError } from '../../errors/catalogue.js';
import { flawOfText } from '../validation/text-flaw.js';
import { fitsUtf8 } from '../validation/text-rules.js';

// What file systems take, and more than anybody types.
const MAX_BYTES = 255;

// Control characters, and those that turn the direction of writing: a name that reads "exe.pdf" may end in ".exe".
const INVISIBLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

function refused(what: string): CairnError {
  const message = `the name of a file ${what}`;
  return new CairnError('invalid_input', `${message[0]?.toUpperCase()}${message.slice(1)}.`, { errors: [{ path: 'filename', message }] });
}

/** The name that a caller gave a file, as data to show: its last part, without what cannot be seen. It never names a place on a disk. */
export function fileNameOf(sent: string | undefined): string {
  const flaw = flawOfText(sent ?? '');
  if (flaw) throw refused(flaw);
  const name = (sent ?? '').split(/[/\\]/).at(-1)?.replace(INVISIBLE, '').trim() ?? '';
  if (['', '.', '..'].includes(name)) throw refused('is missing; send each file with a name, and leave out fields where no file was chosen');
  if (!fitsUtf8(name, MAX_BYTES)) throw refused(`may have at most ${MAX_BYTES} bytes of UTF-8`);
  return name;
}
