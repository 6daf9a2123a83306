/** Prints a line of progress with the seconds since the command began. */
export function say(text) {
  const seconds = (performance.now() / 1000).toFixed(1).padStart(5);
  console.log(`[${seconds} s] ${text}`);
}

/** An end that the user can act on: only the message is printed, no stack of calls. */
export class UserError extends Error {
  constructor(message, { exitCode = 1 } = {}) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}

const FOR_USERS = ['UserError', 'StackError', 'PortBusyError', 'LockedError'];

const SYSTEM_ADVICE = {
  EACCES: 'This user may not write there. Use a folder that is its own (CAIRN_HOME moves the data), or start as the owner.',
  EPERM: 'This user may not change that. Start as its owner, or set CAIRN_HOME to another folder.',
  EROFS: 'That disk is read-only. Set CAIRN_HOME to a folder that can be written.',
  ENOSPC: 'The disk is full. Free some space, or set CAIRN_HOME to a folder on another disk.',
};

/** What to print about an error: its message when that says all that helps, the stack of calls when the fault is ours. */
export function explain(error) {
  if (FOR_USERS.includes(error.name)) return error.message;
  if (error.path && SYSTEM_ADVICE[error.code]) return `${error.message}\n${SYSTEM_ADVICE[error.code]}`;
  return error.stack;
}
