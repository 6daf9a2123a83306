import { type Database, isRegistered } from '@cairn/common';

/** Which spaces something was ever written to. In others there is nothing to be found, and nothing to be asked. */
export class KnownSpaces {
  private readonly registered = new Set<string>();

  constructor(private readonly database: Database) {}

  /** Once a space is known, it stays so. */
  async has(space: string): Promise<boolean> {
    if (!this.registered.has(space) && (await isRegistered(this.database, space))) this.registered.add(space);
    return this.registered.has(space);
  }
}
