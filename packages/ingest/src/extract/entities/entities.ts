import { findAmounts } from './amounts.js';
import { findCodes } from './codes.js';
import { findDates } from './dates.js';
import { findEmails } from './emails.js';
import type { EntityFinder } from './entity-finder.js';
import { findPhones } from './phones.js';
import { findUrls } from './urls.js';

/** The kinds that can be told by their form alone, and how. */
export const ENTITY_FINDERS = {
  emails: findEmails,
  urls: findUrls,
  dates: findDates,
  amounts: findAmounts,
  phones: findPhones,
  codes: findCodes,
} as const satisfies Record<string, EntityFinder>;

export type EntityKind = keyof typeof ENTITY_FINDERS;
export type Entities = Record<EntityKind, string[]>;

const KINDS = Object.keys(ENTITY_FINDERS) as EntityKind[];
const MOST_OF_A_KIND = 50;

/** Keeps the first entities of each kind, whatever the text brings. */
export class EntityCollector {
  private readonly found = new Map(KINDS.map((kind) => [kind, new Set<string>()]));

  add(text: string): void {
    for (const [kind, values] of this.found) if (values.size < MOST_OF_A_KIND) this.addKind(kind, values, text);
  }

  entities(): Entities {
    return Object.fromEntries(Array.from(this.found, ([kind, values]) => [kind, [...values]])) as Entities;
  }

  private addKind(kind: EntityKind, values: Set<string>, text: string): void {
    for (const { value } of ENTITY_FINDERS[kind](text)) {
      values.add(value);
      if (values.size === MOST_OF_A_KIND) return;
    }
  }
}
