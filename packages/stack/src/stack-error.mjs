/** Something about the machine or the settings that the user can put right: the message says what and how. */
export class StackError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = this.constructor.name;
  }
}
