import { floatBytes, sparseBytes, type TenantScope } from '@cairn/common';
import type { PointToWrite, QdrantGateway } from '@cairn/retrieval';
import type { TestDatabase } from '../../system/test-database.js';

/** A live vector as a worker leaves it behind. */
export interface CorpusPoint extends PointToWrite {
  /** Of the text that it was made of. */
  textHash?: Buffer;
  language?: string;
}

const VECTORS = `INSERT INTO vectors (org_id, point_id, asset_id, segment_id, model, model_ver, space, gen, live_gen, live_token, live_accepted_at, vector, index_id, chunk_id, text_hash, terms, language)
  SELECT $1, p.point_id, p.asset_id, p.segment_id, p.model, p.model_ver, $2, 1, 1, p.token, now(), p.vector, p.index_id, CASE WHEN p.index_id IS NOT NULL THEN p.point_id END, p.text_hash, p.terms, p.language
  FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::bytea[], $10::uuid[], $11::bytea[], $12::bytea[], $13::text[])
    AS p(point_id, asset_id, segment_id, model, model_ver, token, vector, index_id, text_hash, terms, language)`;

/** Puts live vectors where a worker would have put them: points in Qdrant, rows in Postgres. While one part is written the next can be made. */
export class CorpusWriter {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly gateway: QdrantGateway,
    /** Without one, only Qdrant is written. */
    private readonly database?: TestDatabase,
  ) {}

  /** Resolves when what was given before is written. */
  async write(scope: TenantScope, space: string, points: readonly CorpusPoint[]): Promise<void> {
    await this.last;
    this.last = Promise.all([this.gateway.upsert(scope, space, points), this.database && insertRows(this.database, scope, space, points)]);
    this.last.catch(() => undefined); // told to whoever writes next, or asks whether all is done
  }

  async done(): Promise<void> {
    await this.last;
  }
}

async function insertRows({ sql }: TestDatabase, scope: TenantScope, space: string, points: readonly CorpusPoint[]): Promise<void> {
  const facts = points.map(({ payload }) => payload);
  await sql(VECTORS, [
    scope.orgId,
    space,
    facts.map(({ point_id }) => point_id),
    facts.map(({ asset_id }) => asset_id),
    facts.map(({ segment_id }) => segment_id),
    facts.map(({ model }) => model),
    facts.map(({ model_ver }) => model_ver),
    facts.map(({ token }) => token),
    points.map(({ vector }) => floatBytes(vector)),
    facts.map(({ index_id }) => index_id ?? null),
    points.map(({ textHash }) => textHash ?? null),
    points.map(({ terms }) => (terms === undefined ? null : sparseBytes(terms))),
    points.map(({ language }) => language ?? null),
  ]);
}
