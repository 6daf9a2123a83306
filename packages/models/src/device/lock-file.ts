import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** What the lock's file says of whoever has it. */
export interface LockNote {
  fence: number;
  pid: number;
  model: string;
  /** ISO 8601. */
  since: string;
}

const MOST_BYTES = 4_096;
// No symbolic links: in a folder where everybody may write, somebody else could have put one there.
const FLAGS = constants.O_RDWR | constants.O_NOFOLLOW;

export async function openLockFile(path: string): Promise<FileHandle> {
  // First as a file that is there: in a folder like /tmp Linux refuses O_CREAT for a file of another user, even to root (fs.protected_regular).
  const there = await open(path, FLAGS).catch(() => undefined);
  if (there) return there;
  try {
    const made = await open(path, FLAGS | constants.O_CREAT, 0o666);
    await made.chmod(0o666).catch(() => undefined); // past the umask; somebody else may have made it meanwhile
    return made;
  } catch (cause) {
    throw new Error(`The lock of a device, ${path}, cannot be opened. Choose a folder for it that everybody who uses the device can write in.`, { cause });
  }
}

/** False when the file was deleted: others would lock a new one in its place, beside us. */
export async function isStillThere(file: FileHandle, path: string): Promise<boolean> {
  const [ours, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return ours.ino === there?.ino && ours.dev === there.dev;
}

/** Whatever of the note can be read: it is written after the lock is taken, and anybody may have written there. */
export async function readNote(file: FileHandle): Promise<Partial<LockNote>> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
  try {
    const { fence, pid, model, since } = JSON.parse(buffer.toString('utf8', 0, bytesRead));
    const fields = { fence: numberOr(fence), pid: numberOr(pid), model: textOr(model), since: textOr(since) };
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  } catch {
    return {};
  }
}

const numberOr = (value: unknown) => (Number.isSafeInteger(value) ? value : undefined);
const textOr = (value: unknown) => (typeof value === 'string' ? value : undefined);

export async function writeNote(file: FileHandle, note: Partial<LockNote>): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(note)}\n`);
  await file.write(bytes, 0, bytes.length, 0);
  await file.truncate(bytes.length);
}
