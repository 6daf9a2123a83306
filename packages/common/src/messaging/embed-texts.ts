export interface LaneRequest {
  /** Names the request on the subject `abandoned`. */
  id: string;
}

/** What the interactive lane is asked, as JSON over NATS request and reply. */
export interface EmbedTextsRequest extends LaneRequest {
  model: string;
  mode: 'document' | 'query';
  texts: string[];
}

/** One vector for each text, in order. */
export interface EmbeddedTexts {
  /** One after another, as base64 of little-endian 32-bit floats: a fiftieth of the cost of JSON numbers. */
  vectors: string;
  /** Tokens of each whole text, and of the part that the model read. */
  tokens: number[];
  readTokens: number[];
}

export type EmbedTextsAnswer = EmbeddedTexts | { error: 'unavailable' | 'refused'; detail: string };

/** Asks how well texts answer a query. */
export interface CompareTextsRequest extends LaneRequest {
  query: string;
  texts: string[];
}

/** One score for each text, in order. */
export type CompareTextsAnswer = { scores: number[] } | { error: 'unavailable' | 'refused'; detail: string };
