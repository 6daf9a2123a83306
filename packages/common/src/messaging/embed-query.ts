/** What the interactive lane is asked, as JSON over NATS request and reply. */
export interface EmbedQueryRequest {
  model: string;
  text: string;
}

/** The vector as base64 of little-endian 32-bit floats: a fiftieth of the cost of JSON numbers. */
export type EmbedQueryAnswer = { vector: string; tokens: number } | { error: 'unavailable' | 'refused'; detail: string };
