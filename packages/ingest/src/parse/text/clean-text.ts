/** The text without what no database takes: zeros and halves of characters. Its length stays, so every offset does. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', ' ');
}
