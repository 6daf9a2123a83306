import {
  acceptJob,
  beginOperation,
  CairnError,
  countSelected,
  type Database,
  type DocumentSelection,
  type Hints,
  hasTest,
  idsOfExternal,
  jobKeyOf,
  NO_FILTER,
  parseFilter,
  readOperation,
  type Sql,
  shareCollection,
} from '@cairn/common';
import { operationAnswer } from '../operations/operation-answer.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { DeleteDocumentsDto } from './documents.dto.js';

/** Deletes many documents of a collection: a job does it, in slices. */
export class DeleteDocumentsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly options: { maxAttempts: number },
  ) {}

  async count(request: WriteRequest, collectionId: string, dto: DeleteDocumentsDto): Promise<object> {
    assertOneChoice(dto);
    return this.database.tenant(request.scope, async (sql) => {
      await shareCollection(sql, request.access, collectionId, 'write');
      return { dry_run: true, matched: await countSelected(sql, request.scope, await selectionOf(sql, request, collectionId, dto)) };
    });
  }

  async delete(request: WriteRequest, collectionId: string, dto: DeleteDocumentsDto): Promise<object> {
    assertOneChoice(dto);
    const { scope, access, correlationId, traceparent } = request;
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      await shareCollection(sql, access, collectionId, 'write');
      const selection = await selectionOf(sql, request, collectionId, dto);
      const result = { matched: await countSelected(sql, scope, selection), deleted: 0 };
      const operationId = await beginOperation(sql, scope, { collectionId, type: 'delete_documents', config: configOf(dto), result, total: 0, jobs: 1 });
      const payload = { operation_id: operationId, ...(selection.ids === undefined ? {} : { ids: [...selection.ids] }) };
      const job = { type: 'delete_documents' as const, jobKey: jobKeyOf(scope.orgId, 'delete_documents', payload), payload, operationId };
      await acceptJob(this.database, scope, { ...job, maxAttempts: this.options.maxAttempts, correlationId, traceparent }, sql);
      return operationAnswer(await readOperation(sql, access, operationId));
    });
    this.hints.announceJobs(scope.orgId);
    return answer;
  }
}

/** A mistake must not delete everything: what is to go is said in one way, and all of it only by that word. */
function assertOneChoice({ filter, ids, external_ids: externalIds, all = false }: DeleteDocumentsDto): void {
  const isEmpty = filter !== undefined && !hasTest(parseFilter(filter, 'filter'));
  if (isEmpty && !all) throw refused('filter', 'This filter asks nothing of a document. To delete all documents of the collection, say "all": true instead.');
  const choices = [filter !== undefined && !isEmpty, ids !== undefined, externalIds !== undefined, all].filter(Boolean);
  if (choices.length !== 1) throw refused('filter', 'Say by exactly one of filter, ids, external_ids and all which documents are to be deleted.');
}

async function selectionOf(sql: Sql, { scope }: WriteRequest, collectionId: string, dto: DeleteDocumentsDto): Promise<DocumentSelection> {
  const { filter, ids, external_ids: externalIds } = dto;
  const named = externalIds === undefined ? ids?.map((id) => id.toLowerCase()) : await idsOfExternal(sql, scope, collectionId, externalIds);
  return { collectionId, ids: named, filter: filter === undefined ? NO_FILTER : parseFilter(filter, 'filter') };
}

/** What is told of the operation; names of documents are not, which are gone with them. */
function configOf({ filter, ids, external_ids: externalIds, all }: DeleteDocumentsDto): Record<string, unknown> {
  if (ids !== undefined) return { ids: ids.length };
  if (externalIds !== undefined) return { external_ids: externalIds.length };
  return all === true ? { all: true } : { filter };
}

function refused(path: string, message: string): CairnError {
  return new CairnError('invalid_input', message, { errors: [{ path, message }] });
}
