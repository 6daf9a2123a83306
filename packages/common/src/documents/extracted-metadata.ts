/** What was found in the text of a document. Filters ask for it by these names. */
export interface ExtractedMetadata {
  /** What it is about, the weightiest first. */
  keywords: string[];
  /** Values by their kind: `emails`, `dates`, `codes` and others. */
  entities: Record<string, string[]>;
}
