/** What was kept under a hash is not there (`missing`) or is not what was kept (`damaged`): a fault of the disk or of whoever cleared it, not of the caller. */
export class BlobError extends Error {
  readonly code: 'missing' | 'damaged';

  constructor(code: BlobError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BlobError';
    this.code = code;
  }
}

/** The disk or the quota of the folder is full. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

/** There is nothing under the name, or something that is no file of ours: a link (ELOOP), or a file where a folder should be. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '');
}

/** For `catch`: this value when there is nothing; every other failure goes on. */
export function whenAbsent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isAbsent(error)) return value;
    throw error;
  };
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
