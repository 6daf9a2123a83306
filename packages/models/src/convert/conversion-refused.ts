/** The folder holds no model that can be taken over as it is; the message says what is wrong with which file and what to do. */
export class ConversionRefusedError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ConversionRefusedError';
  }
}
