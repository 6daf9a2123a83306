import {
  type Access,
  type AliasView,
  CairnError,
  collectionIdOf,
  type Database,
  isLooseUuid,
  listAliases,
  putAlias,
  readAlias,
  removeAlias,
} from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';

/** Other names of collections. */
export class AliasesService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  async list(access: Access): Promise<object> {
    const aliases = await this.database.tenantSnapshot(access.scope, (sql) => listAliases(sql, access));
    return { aliases: aliases.map(aliasAnswer) };
  }

  async read(access: Access, alias: string): Promise<object> {
    return aliasAnswer(await this.database.tenantSnapshot(access.scope, (sql) => readAlias(sql, access, alias)));
  }

  put(request: WriteRequest, alias: string, collection: string): Promise<object> {
    assertNoId(alias);
    return this.writes.transaction(request, 200, async (sql) => {
      const collectionId = await collectionIdOf(sql, request.access, collection);
      return aliasAnswer(await putAlias(sql, request.access, alias, collectionId));
    });
  }

  remove(request: WriteRequest, alias: string): Promise<void> {
    return this.writes.transaction(request, 204, (sql) => removeAlias(sql, request.access, alias));
  }
}

/** What has the form of an id is taken for one everywhere. */
function assertNoId(alias: string): void {
  if (alias.trim() === '' || isLooseUuid(alias))
    throw new CairnError('invalid_input', 'An alias must not be blank, nor have the form of an id. Choose another one.', {
      errors: [{ path: 'alias', message: 'must not be blank, nor have the form of an id' }],
    });
}

function aliasAnswer({ alias, collectionId, collectionName, createdAt, movedAt }: AliasView) {
  return { alias, collection_id: collectionId, collection_name: collectionName, created_at: createdAt, moved_at: movedAt };
}
