import { type Access, collectionIdOf, type Database, putQuotas, QUOTA_KINDS, type QuotaView, readCollection, readQuotas, type Sql } from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { PutQuotasDto, QuotasOfDto } from './quotas.dto.js';

export class QuotasService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  async read(access: Access, query: QuotasOfDto): Promise<object> {
    const quotas = await this.database.tenantSnapshot(access.scope, async (sql) => readQuotas(sql, access.scope, await collectionOf(sql, access, query)));
    return quotasAnswer(quotas);
  }

  put(request: WriteRequest, { collection_id, ...wanted }: PutQuotasDto): Promise<object> {
    return this.writes.transaction(request, 200, async (sql) => {
      const collectionId = await collectionOf(sql, request.access, { ...(collection_id === undefined ? {} : { collection_id }) });
      return quotasAnswer(await putQuotas(sql, request.scope, collectionId, wanted));
    });
  }
}

async function collectionOf(sql: Sql, access: Access, { collection_id: name }: QuotasOfDto): Promise<string | null> {
  if (name === undefined) return null;
  return (await readCollection(sql, access, await collectionIdOf(sql, access, name), 'admin')).id;
}

function quotasAnswer({ collectionId, used, limits }: QuotaView) {
  return { collection_id: collectionId, quotas: Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, { used: used[kind], limit: limits[kind] }])) };
}
