import { isLooseUuid } from '@cairn/common/contracts';
import { nearestOf, type Span, SqlError } from './errors.js';
import type { Scalar } from './row-filter.js';

/** A collection that the caller may read. */
export interface KnownCollection {
  readonly id: string;
  readonly name: string;
  readonly model: string;
}

/** What rows have under the field of a route: nothing, one value, or several. */
export type RouteValues = readonly Scalar[];

/** Which field tells the collections of a family apart, and what is known of where its values are. */
export interface Route {
  readonly keys: readonly string[];
  /** By the id of a member: all that its rows have there, as far as it is known. A member that is not here may hold anything. */
  readonly values: ReadonlyMap<string, readonly RouteValues[]>;
  /** Values beside those that are known, and none, may be in any member. */
  readonly isOpen: boolean;
}

export interface KnownFamily {
  readonly name: string;
  /** Those of its members that the caller may read. */
  readonly members: readonly KnownCollection[];
  readonly route: Route | undefined;
}

/** What FROM names. */
export type Target = { readonly span: Span } & (
  | { readonly kind: 'collection'; readonly collection: KnownCollection }
  | { readonly kind: 'family'; readonly family: KnownFamily }
);

/** Everything that the caller may ask, by all its names. What he may not see is not in it: it cannot be named, nor suggested. */
export class Catalogue {
  private readonly byName: ReadonlyMap<string, KnownCollection>;
  private readonly families: ReadonlyMap<string, KnownFamily>;

  constructor(
    readonly collections: readonly KnownCollection[],
    families: readonly KnownFamily[] = [],
    /** Ids of collections by further names, which come before their own. */
    aliases: ReadonlyMap<string, string> = new Map(),
  ) {
    const byId = new Map(collections.map((collection) => [collection.id, collection]));
    const meant = [...aliases].flatMap(([alias, id]) => (byId.has(id) ? [[alias, byId.get(id) as KnownCollection] as const] : []));
    this.byName = new Map([...byId, ...collections.map((collection) => [collection.name, collection] as const), ...meant]);
    this.families = new Map(families.map((family) => [family.name, family]));
  }

  find(name: string, span: Span): Target {
    const family = this.families.get(name);
    if (family !== undefined) return { kind: 'family', family, span };
    const collection = this.byName.get(isLooseUuid(name) ? name.toLowerCase() : name);
    if (collection !== undefined) return { kind: 'collection', collection, span };
    const suggestion = nearestOf(name, [...this.families.keys(), ...this.names()]);
    throw new SqlError('E_NAME', `There is no collection or family ${shown(name)} here.`, span, {
      suggestion,
      hint: suggestion && `Did you mean "${suggestion}"?`,
    });
  }

  private names(): string[] {
    return [...this.byName.keys()].filter((name) => !isLooseUuid(name));
  }
}

const MOST_SHOWN = 100;
const shown = (name: string): string => (name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN).toWellFormed()}…` : name);
