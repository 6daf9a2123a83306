import { type Access, type NamedIndex, namedIndexes, type Sql } from '@cairn/common';
import { Catalogue } from '@cairn/retrieval/sql';

export interface ReadCatalogue {
  catalogue: Catalogue;
  /** What serves, by the ids of collections. */
  indexes: ReadonlyMap<string, NamedIndex>;
}

/** Everything that the caller may ask. */
export async function readCatalogue(sql: Sql, access: Access): Promise<ReadCatalogue> {
  const indexes = await namedIndexes(sql, access);
  const collections = indexes.map(({ collectionId: id, collectionName: name, model }) => ({ id, name, model }));
  const aliases = new Map(indexes.flatMap((index) => index.aliases.map((alias) => [alias, index.collectionId] as const)));
  return { catalogue: new Catalogue(collections, [], aliases), indexes: new Map(indexes.map((index) => [index.collectionId, index])) };
}
