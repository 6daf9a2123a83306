/** What of a document a filter can ask about. */
export interface FilterableDocument {
  id: string;
  collectionId: string;
  sourceId: string | null;
  externalId: string | null;
  fileName: string | null;
  filePath: string | null;
  title: string | null;
  mimeType: string | null;
  sizeBytes: number | null;
  metadata: Readonly<Record<string, unknown>> | null;
  /** Keywords and entities of its text. */
  extracted: Readonly<Record<string, unknown>> | null;
  /** What its parser found in the file. */
  facts: Readonly<Record<string, unknown>> | null;
  createdAt: Date | null;
  updatedAt: Date | null;
  indexedAt: Date | null;
}
