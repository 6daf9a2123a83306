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
