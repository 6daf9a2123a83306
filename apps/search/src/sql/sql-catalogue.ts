import { type Access, isLooseUuid, knownFamilies, type NamedIndex, namedIndexes, type RoutedFamily, type Sql } from '@cairn/common';
import { Catalogue, type KnownCollection, type KnownFamily } from '@cairn/retrieval/sql';

export interface ReadCatalogue {
  catalogue: Catalogue;
  /** What serves, by the ids of collections. */
  indexes: ReadonlyMap<string, NamedIndex>;
}

/** What the caller may ask under these names; everything where none are given. */
export async function readCatalogue(sql: Sql, access: Access, names?: readonly string[]): Promise<ReadCatalogue> {
  const named = namedIndexes(sql, access, names && { names, ids: names.filter(isLooseUuid) });
  const [routed, serving] = await Promise.all([knownFamilies(sql, access, names), named]);
  const members = names === undefined ? [] : routed.flatMap((family) => family.members);
  const ofFamilies = members.length === 0 ? [] : await namedIndexes(sql, access, { names: [], ids: members });
  const indexes = new Map([...serving, ...ofFamilies].map((index) => [index.collectionId, index]));
  const collections = new Map([...indexes].map(([id, { collectionName: name, model }]) => [id, { id, name, model }]));
  const families = routed.map((family) => familyOf(family, collections));
  const aliases = new Map([...indexes.values()].flatMap((index) => index.aliases.map((alias) => [alias, index.collectionId] as const)));
  return { catalogue: new Catalogue([...collections.values()], families, aliases), indexes };
}

function familyOf({ name, members, route }: RoutedFamily, collections: ReadonlyMap<string, KnownCollection>): KnownFamily {
  return { name, members: members.flatMap((id) => collections.get(id) ?? []), route };
}
