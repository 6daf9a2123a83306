import {
  addIndex,
  assertNotBuilding,
  beginOperation,
  CairnError,
  type CollectionView,
  type Database,
  documentsChangedSince,
  documentsOf,
  documentsToIndex,
  type Hints,
  type IndexSettings,
  type IndexView,
  lockCollection,
  type ModelDirectory,
  type OperationType,
  readCollection,
  readOperation,
  reopenLastIndex,
  type Sql,
  setPending,
  startIndexing,
} from '@cairn/common';
import { withProfile } from '../chunking/with-profile.js';
import { operationAnswer } from '../operations/operation-answer.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { type IndexSettingsDto, MOST_QUERIES, type ReindexDto } from './collections.dto.js';
import { indexSettingsOf } from './index-settings.js';
import { assemble } from './nested-settings.js';

const SETTINGS: (keyof IndexSettings)[] = ['space', 'chunkingStrategy', 'chunkSize', 'chunkOverlap', 'chunkingConfig', 'embedContext', 'extractMetadata'];

interface Change {
  settings: IndexSettings;
  /** What is to be told of the operation. */
  config: Record<string, unknown>;
}

interface Build {
  collectionId: string;
  type: Extract<OperationType, 'reindex' | 'rollback'>;
  config: Record<string, unknown>;
  index: IndexView;
  documentIds: string[];
}

/** Makes documents of a collection again: those that are not as they should be, or all of them into an index that then takes the place of the old one. */
export class ReindexService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly models: ModelDirectory,
    private readonly options: { maxAttempts: number },
  ) {}

  async reindex(request: WriteRequest, id: string, body: ReindexDto): Promise<object> {
    const asked = assemble(body);
    assertFewQueries(asked);
    const answer = await this.writes.prepared(request, 202, {
      prepare: async () => {
        const dto = await withProfile(this.database, request.scope, asked);
        const { index: base } = await this.database.tenant(request.scope, (sql) => readCollection(sql, request.access, id, 'write'));
        return { dto, settings: await indexSettingsOf(dto, { collectionId: id, models: this.models, base }) };
      },
      work: async (sql, { dto, settings }) => {
        const { index } = await this.hold(sql, request, id);
        const isNew = dto.force === true || isOther(settings, index);
        if (dto.verify !== undefined && (!isNew || dto.only_failed)) throw nothingToCompare();
        if (isNew && !dto.only_failed) return this.begin(sql, request, id, { settings, config: configOf(dto) });
        return this.mend(sql, request, id, { type: 'reindex', statuses: dto.only_failed ? ['failed'] : ['failed', 'pending'], config: configOf(dto) });
      },
    });
    this.accepted(request);
    return answer;
  }

  /** In the transaction of the caller: an operation that lets an index of these settings serve; undefined where the one that serves has them. */
  async changeTo(sql: Sql, request: WriteRequest, id: string, { settings, config }: Change): Promise<{ id: string } | undefined> {
    const { index } = await this.hold(sql, request, id);
    return isOther(settings, index) ? this.begin(sql, request, id, { settings, config }) : undefined;
  }

  /** Lets the index serve again that did before, once it has the documents that changed since. */
  async rollback(request: WriteRequest, id: string): Promise<object> {
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      await lockCollection(sql, request.access, id, 'write');
      await assertNotBuilding(sql, request.scope, id);
      const index = await reopenLastIndex(sql, request.scope, id);
      const documentIds = await documentsChangedSince(sql, request.scope, id, index.id);
      return this.build(sql, request, { collectionId: id, type: 'rollback', config: { index: index.number }, index, documentIds });
    });
    this.accepted(request);
    return answer;
  }

  /** Indexes what is not indexed yet. */
  async index(request: WriteRequest, id: string): Promise<{ task_id: string }> {
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      await this.hold(sql, request, id);
      const { id: taskId } = await this.mend(sql, request, id, { type: 'index', statuses: ['failed', 'pending'], config: {} });
      return { task_id: taskId };
    });
    this.accepted(request);
    return answer;
  }

  private async hold(sql: Sql, request: WriteRequest, id: string): Promise<CollectionView> {
    await lockCollection(sql, request.access, id, 'write');
    return readCollection(sql, request.access, id, 'write');
  }

  private async begin(sql: Sql, request: WriteRequest, id: string, { settings, config }: Change) {
    const indexId = await addIndex(sql, request.scope, id, settings);
    const documentIds = await documentsOf(sql, request.scope, id);
    const index = { ...settings, id: indexId, number: 0, state: 'building' as const };
    return this.build(sql, request, { collectionId: id, type: 'reindex', config, index, documentIds });
  }

  /** Brings the documents into the index, which takes the place of the one that serves when it has all of them. */
  private async build(sql: Sql, request: WriteRequest, { collectionId, type, config, index, documentIds }: Build): Promise<{ id: string }> {
    const jobs = documentIds.length;
    const operationId = await beginOperation(sql, request.scope, { collectionId, type, config, indexId: index.id, total: jobs, jobs, hasFinish: true });
    await startIndexing(sql, request.access, { operationId, indexes: [index], documentIds }, this.jobsOf(request));
    return operationAnswer(await readOperation(sql, request.access, operationId));
  }

  private async mend(
    sql: Sql,
    request: WriteRequest,
    id: string,
    { type, statuses, config }: { type: OperationType; statuses: string[]; config: Record<string, unknown> },
  ) {
    const { index } = await readCollection(sql, request.access, id);
    const documentIds = await documentsToIndex(sql, request.scope, id, statuses);
    await setPending(sql, request.scope, documentIds);
    const jobs = documentIds.length;
    const operationId = await beginOperation(sql, request.scope, { collectionId: id, type, config, total: jobs, jobs });
    await startIndexing(sql, request.access, { operationId, indexes: [index], documentIds }, this.jobsOf(request));
    return operationAnswer(await readOperation(sql, request.access, operationId));
  }

  private jobsOf({ correlationId, traceparent }: WriteRequest) {
    return { maxAttempts: this.options.maxAttempts, correlationId, traceparent };
  }

  private accepted({ scope }: WriteRequest): void {
    this.hints.announceJobs(scope.orgId);
  }
}

function nothingToCompare(): CairnError {
  const message = 'verify compares a new index with the one that serves, and this reindex makes none. Send other settings, or force.';
  return new CairnError('invalid_input', message, { errors: [{ path: 'verify', message }] });
}

function assertFewQueries({ verify }: ReindexDto): void {
  const { queries = [], judgments = [], sample = 0 } = verify ?? {};
  if (new Set([...queries, ...judgments.map(({ query }) => query)]).size + sample <= MOST_QUERIES) return;
  const message = `queries, judgments and sample may ask for at most ${MOST_QUERIES} different queries together`;
  throw new CairnError('invalid_input', `${message}.`, { errors: [{ path: 'verify', message }] });
}

function isOther(settings: IndexSettings, index: IndexView): boolean {
  return SETTINGS.some((name) => JSON.stringify(settings[name]) !== JSON.stringify(index[name]));
}

function configOf({ force, only_failed, ...settings }: IndexSettingsDto & Pick<ReindexDto, 'force' | 'only_failed'>): Record<string, unknown> {
  return { ...settings, ...(force === undefined ? {} : { force }), ...(only_failed === undefined ? {} : { only_failed }) };
}
