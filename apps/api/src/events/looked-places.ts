const MOST_READERS = 10_000;

/**
 * How far the feed was looked through behind a cursor without finding anything for the reader. His cursor stays the event that he saw last, which the next
 * one names, and what is hidden from him is not read again at each look. What is forgotten costs a second look.
 */
export class LookedPlaces {
  private readonly places = new Map<string, string>();

  after(reader: readonly unknown[]): string | undefined {
    return this.places.get(JSON.stringify(reader));
  }

  remember(reader: readonly unknown[], place: string): void {
    const key = JSON.stringify(reader);
    this.places.delete(key);
    this.places.set(key, place);
    if (this.places.size > MOST_READERS) this.places.delete(this.places.keys().next().value as string);
  }
}
