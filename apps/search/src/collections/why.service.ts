import {
  type Access,
  type CollectionSearchDto,
  type Database,
  matchingAmong,
  type NamedDocument,
  namedDocuments,
  type ServingIndex,
  servingIndexes,
  type WhySearchDto,
  type WhyStage,
} from '@cairn/common';
import type { CollectionSearchService, PlaceInOrder } from './collection-search.service.js';
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
    const ids = left.map(({ id }) => id);
    return { ...(await this.ranked(access, { dto, plan, ids }, signal)), document_id: one.id };
  }

  /** What the search itself says, which is made as the caller asks for it; without a threshold where it has to be told how far below the document is. */
  private async ranked(access: Access, { dto, plan, ids }: { dto: CollectionSearchDto; plan: SearchPlan; ids: string[] }, signal: AbortSignal): Promise<Why> {
    const place = await this.searches.placeOf(access, dto, ids, signal);
    if (place !== undefined) return placed(place, plan);
    const { score_threshold: threshold, cursor: _cursor, use_reranker: _rerank, diversity: _diversity, ...without } = dto;
    const below = threshold === undefined ? undefined : await this.searches.placeOf(access, without, ids, signal);
    if (below !== undefined && below.fusedScore < (threshold as number))
      return { stage: 'threshold', rank: below.fusedRank, reason: `Its score is ${below.fusedScore.toFixed(4)}, and score_threshold asks for ${threshold}.` };
    const words = plan.mode === 'sparse' ? 'It has none of the words of the question.' : 'It is not among what was compared with the question.';
    return { stage: 'not_ranked', reason: words };
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

function placed({ rank, fusedRank, page, furtherChunks }: PlaceInOrder, { rerank, diversity }: SearchPlan): Why {
  const isFound = rank > page.start && rank <= page.end;
  const asked = isFound ? '' : `, and the search asks for ${page.start + 1} to ${page.end}${rank > page.end ? ': read on with next_cursor' : ''}`;
  const by = [...(rerank === undefined ? [] : ['use_reranker']), ...(diversity > 0 ? ['diversity'] : [])].join(' and ');
  const moved = rank === fusedRank ? [] : [`It would be hit ${fusedRank} without ${by}.`];
  const further = furtherChunks === 0 ? [] : [`Of the hits before it, ${furtherChunks} are further chunks of documents: group_by "document" leaves those out.`];
  return { stage: isFound ? 'found' : 'rank', rank, reason: [`It is hit ${rank}${asked}.`, ...moved, ...further].join(' ') };
}
