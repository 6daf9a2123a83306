import { randomUUID } from 'node:crypto';
import {
  type Database,
  type EmbeddedTexts,
  type EmbedTextsRequest,
  externalIdsOf,
  floatsOf,
  inParts,
  isRegistered,
  type LaneClient,
  modelSpaceOf,
  type ReindexInHand,
  type ReindexVerify,
  type Subjects,
  samplePassages,
  type TenantScope,
  visibleVectors,
} from '@cairn/common';
import { MOCK_MODEL, mockEmbedding, spaceOf } from '@cairn/models';
import { meanOf, ndcgOf, overlapOf, type QdrantGateway, TOP } from '@cairn/retrieval';

const SAMPLE = 20;
const PASSAGE_CHARACTERS = 300;
const DEADLINE_MS = 60_000;
/** Of one request: the vectors of the largest models must fit into the one message of the answer. */
const TEXTS_AT_ONCE = 16;
/** Points that are asked for to have ten documents: first, and where long documents take all places. */
const POINTS = [100, 2_000];

/** A query, or a passage of a document that is asked for. */
interface Shadow {
  text: string;
  documentId?: string;
}

interface Place {
  indexId: string;
  space: string;
}

export interface Verification {
  queries: number;
  top: number;
  mean_overlap: number;
  min_overlap: number;
  passed: boolean;
  ndcg?: { before: number; after: number; judged: number };
  /** Each query with its overlap; of passages the document that they are from. */
  results: { query?: string; document_id?: string; overlap: number }[];
}

/** Asks the same of the index that serves and of the one that is to, and says how far they agree. By meaning, without an index of Qdrant's own: nothing is missed. */
export class ShadowQueries {
  constructor(
    private readonly database: Database,
    private readonly gateway: QdrantGateway,
    private readonly lane: LaneClient,
    private readonly subjects: Subjects,
  ) {}

  async compare(
    scope: TenantScope,
    { indexId, space, serving, verify }: ReindexInHand & { verify: ReindexVerify },
    signal: AbortSignal,
  ): Promise<Verification> {
    const shadows = await this.shadowsOf(scope, serving.indexId, verify);
    const before = await this.rankings(scope, serving, shadows, signal);
    const after = await this.rankings(scope, { indexId, space }, shadows, signal);
    const overlaps = shadows.map((_, at) => overlapOf(before[at] as string[], after[at] as string[]));
    const [mean, least] = [meanOf(overlaps), verify.min_overlap ?? 0];
    return {
      queries: shadows.length,
      top: TOP,
      mean_overlap: mean,
      min_overlap: least,
      passed: mean >= least,
      ...(await this.judged(scope, verify, { shadows, before, after })),
      results: shadows.map(({ text, documentId }, at) => ({
        ...(documentId === undefined ? { query: text } : { document_id: documentId }),
        overlap: overlaps[at] as number,
      })),
    };
  }

  private async shadowsOf(scope: TenantScope, indexId: string, { queries, judgments = [], sample }: ReindexVerify): Promise<Shadow[]> {
    const asked = [...new Set([...(queries ?? []), ...judgments.map(({ query }) => query)])].map((text) => ({ text }));
    const limit = sample ?? (asked.length === 0 ? SAMPLE : 0);
    if (limit === 0) return asked;
    const passages = await this.database.tenant(scope, (sql) => samplePassages(sql, scope, { indexId, seed: indexId, limit, characters: PASSAGE_CHARACTERS }));
    return [...asked, ...passages];
  }

  /** The ten best documents for each query. */
  private async rankings(scope: TenantScope, place: Place, shadows: Shadow[], signal: AbortSignal): Promise<string[][]> {
    if (shadows.length === 0 || !(await isRegistered(this.database, place.space))) return shadows.map(() => []);
    const vectors = await this.vectorsOf(
      place.space,
      shadows.map(({ text }) => text),
      signal,
    );
    const rankings: string[][] = [];
    for (const vector of vectors) {
      signal.throwIfAborted();
      rankings.push(await this.bestDocuments(scope, place, vector));
    }
    return rankings;
  }

  private async vectorsOf(space: string, texts: string[], signal: AbortSignal): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (const part of inParts(texts, { size: TEXTS_AT_ONCE, sizeOf: () => 1 })) vectors.push(...(await this.embed(space, part, signal)));
    return vectors;
  }

  private async embed(space: string, texts: string[], signal: AbortSignal): Promise<Float32Array[]> {
    const modelSpace = modelSpaceOf(space);
    if (modelSpace === spaceOf(MOCK_MODEL)) return texts.map((text) => mockEmbedding(text).vector);
    const request: EmbedTextsRequest = { id: randomUUID(), model: modelSpace, mode: 'query', texts };
    const unavailable = `No worker has the model of the space ${modelSpace} right now, which is needed to compare the indexes.`;
    const asked = { subject: this.subjects.embedTexts(modelSpace), request, unavailable };
    const { vectors } = await this.lane.ask<EmbedTextsRequest, EmbeddedTexts>(asked, { deadlineMs: DEADLINE_MS, signal });
    const all = floatsOf(Buffer.from(vectors, 'base64'));
    const dimension = all.length / texts.length;
    return texts.map((_, at) => all.subarray(at * dimension, (at + 1) * dimension));
  }

  private async bestDocuments(scope: TenantScope, { indexId, space }: Place, vector: Float32Array): Promise<string[]> {
    let documents: string[] = [];
    for (const limit of POINTS) {
      const hits = await this.gateway.search(scope, space, { vector, limit, conditions: { index_id: indexId }, params: { exact: true } });
      const tokens = hits.map(({ payload }) => ({ pointId: payload.point_id, token: payload.token }));
      const live = await this.database.tenant(scope, (sql) => visibleVectors(sql, scope, tokens));
      const isLive = new Set(live.map(({ pointId, token }) => `${pointId} ${token}`));
      const found = hits.filter(({ payload }) => isLive.has(`${payload.point_id} ${payload.token}`)).map(({ payload }) => payload.asset_id);
      documents = [...new Set(found)].slice(0, TOP);
      if (documents.length === TOP || hits.length < limit) break;
    }
    return documents;
  }

  /** How well both rank what was judged, by the external ids of the documents. */
  private async judged(
    scope: TenantScope,
    { judgments = [] }: ReindexVerify,
    { shadows, before, after }: { shadows: Shadow[]; before: string[][]; after: string[][] },
  ): Promise<Pick<Verification, 'ndcg'>> {
    if (judgments.length === 0) return {};
    const names = await this.database.tenant(scope, (sql) => externalIdsOf(sql, scope, [...new Set([...before, ...after].flat())]));
    const queries = [...new Set(judgments.map(({ query }) => query))];
    const mean = (rankings: string[][]) =>
      meanOf(
        queries.map((query) => {
          const ranking = rankings[shadows.findIndex(({ text, documentId }) => text === query && documentId === undefined)] ?? [];
          const relevance = new Map(judgments.filter((one) => one.query === query).map((one) => [one.external_id, one.relevance]));
          return ndcgOf(
            ranking.map((id) => names.get(id) ?? id),
            relevance,
          );
        }),
      );
    return { ndcg: { before: mean(before), after: mean(after), judged: queries.length } };
  }
}
