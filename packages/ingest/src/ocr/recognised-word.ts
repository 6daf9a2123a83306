export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface RecognisedWord {
  text: string;
  /** In pixels of the page, the right way up. */
  box: Box;
  /** From 0 to 1. Print is above 0.8; what is no text at all, such as a photograph, gives words of about 0.5 and less. */
  confidence: number;
}

export interface RecognisedText {
  /** Lines as they stand, an empty one between paragraphs. */
  text: string;
  words: RecognisedWord[];
}
