/** What is found in the text of a document, by the names under which it is kept. Lists and objects, other than built-in fields. */
export const EXTRACTED_FIELDS = ['keywords', 'entities'] as const;

export function isExtractedField(name: string | undefined): boolean {
  return (EXTRACTED_FIELDS as readonly (string | undefined)[]).includes(name);
}
