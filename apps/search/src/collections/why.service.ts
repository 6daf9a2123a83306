import {
  type Access,
  type Database,
  matchingAmong,
  type NamedDocument,
  namedDocuments,
  type ServingIndex,
  servingIndexes,
  type WhySearchDto,
  type WhyStage,
} from '@cairn/common';
import type { CollectionSearchService } from './collection-search.service.js';
import { planOf, type SearchPlan } from './search-plan.js';

/** Where a search left a document out, or did not. */
export interface Why {
  stage: WhyStage;
  reason: string;
  rank?: number;
  document_id?: string;
}

/** Says at which step of a search a document is left out. */
export class WhyService {
  constructor(
    private readonly database: Database,
    private readonly searches: CollectionSearchService,
  ) {}

  async why(access: Access, { external_id: name, ...dto }: WhySearchDto, signal: AbortSignal): Promise<Why> {
    const plan = planOf(dto);
    const { searched, documents, passing } = await this.look(access, plan, name);
    const [first] = documents;
    if (first === undefined) return absent(name, searched);
    const indexed = documents.filter(({ chunks }) => chunks > 0);
    if (indexed.length === 0) return { ...notIndexed(first), document_id: first.id };
    const left = indexed.filter(({ id }) => passing.has(id));
    const one = (left[0] ?? indexed[0]) as NamedDocument;
    if (left.length === 0) return { stage: 'filter', reason: 'The filter excludes it.', document_id: one.id };
    const found = await this.searches.rankOf(
      access,
      dto,
      left.map(({ id }) => id),
      signal,
    );
    return { ...ranked(found, plan), document_id: one.id };
  }

  private look(access: Access, { collectionIds, filter }: SearchPlan, name: string) {
    return this.database.tenant(access.scope, async (sql) => {
      const searched = await servingIndexes(sql, access, collectionIds);
      const documents = await namedDocuments(
        sql,
        access,
        searched.map(({ collectionId }) => collectionId),
        name,
      );
      const ids = documents.map(({ id }) => id);
      return { searched, documents, passing: filter === undefined ? new Set(ids) : await matchingAmong(sql, access.scope, ids, filter) };
    });
  }
}

function absent(name: string, searched: readonly ServingIndex[]): Why {
  const where = searched.length === 1 ? `the collection ${searched[0]?.collectionName}` : `the ${searched.length} collections that were searched`;
  return { stage: 'absent', reason: `There is no document ${name} in ${where}. It may have been deleted, or lie in another collection.` };
}

function notIndexed({ status, errorMessage }: NamedDocument): Why {
  const reasons: Record<string, string> = {
    failed: `It could not be indexed: ${errorMessage ?? 'the reason is not known'}`,
    completed: 'It was indexed and has no text in it.',
  };
  return { stage: 'not_indexed', reason: reasons[status] ?? `It is not indexed yet: its status is ${status}.` };
}

function ranked(found: { rank: number; score: number } | undefined, { k, mode, threshold }: SearchPlan): Why {
  if (found === undefined) {
    const words = mode === 'sparse' ? 'It has none of the words of the question.' : 'It is not among what was compared with the question.';
    return { stage: 'not_ranked', reason: words };
  }
  const { rank, score } = found;
  if (score < threshold) return { stage: 'threshold', rank, reason: `Its score is ${score.toFixed(4)}, and score_threshold asks for ${threshold}.` };
  if (rank > k) return { stage: 'rank', rank, reason: `It is document ${rank} of those that were found, by its best chunk, and k asks for ${k} hits.` };
  return {
    stage: 'found',
    rank,
    reason: `It is document ${rank} of those that were found, by its best chunk: among the hits, unless several chunks of others are.`,
  };
}
