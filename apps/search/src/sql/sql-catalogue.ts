import { type Access, knownFamilies, type NamedIndex, namedIndexes, type RoutedFamily, type Sql } from '@cairn/common';
import { Catalogue, type KnownCollection, type KnownFamily } from '@cairn/retrieval/sql';

export interface ReadCatalogue {
  catalogue: Catalogue;
  /** What serves, by the ids of collections. */
  indexes: ReadonlyMap<string, NamedIndex>;
}

/** Everything that the caller may ask. */
export async function readCatalogue(sql: Sql, access: Access): Promise<ReadCatalogue> {
  const indexes = new Map((await namedIndexes(sql, access)).map((index) => [index.collectionId, index]));
  const collections = new Map([...indexes].map(([id, { collectionName: name, model }]) => [id, { id, name, model }]));
  const families = (await knownFamilies(sql, access)).map((family) => familyOf(family, collections));
  const aliases = new Map([...indexes.values()].flatMap((index) => index.aliases.map((alias) => [alias, index.collectionId] as const)));
  return { catalogue: new Catalogue([...collections.values()], families, aliases), indexes };
}

function familyOf({ name, members, route }: RoutedFamily, collections: ReadonlyMap<string, KnownCollection>): KnownFamily {
  return { name, members: members.flatMap((id) => collections.get(id) ?? []), route };
}
