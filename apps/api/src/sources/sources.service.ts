import {
  type Access,
  acceptJob,
  beginOperation,
  boundToSource,
  CairnError,
  type CollectionType,
  type Database,
  type Hints,
  holdIdleSource,
  type JobType,
  jobKeyOf,
  keepSecrets,
  listOperations,
  markRun,
  markSourceRemoved,
  noSource,
  putSource,
  readCollection,
  readOperation,
  readSource,
  type SecretBox,
  type Secrets,
  type SourceView,
  type Sql,
  scheduleSource,
  shareCollection,
  sourceByPath,
} from '@cairn/common';
import type { SourceRules } from '@cairn/ingest/sources';
import { sourceAnswer } from '../collections/collection-answer.js';
import { operationAnswer } from '../operations/operation-answer.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { pathOfSource, sourceSettingsOf } from './source-settings.js';
import type { AddSourceDto, UpdateSourceDto } from './sources.dto.js';

const RUNS = 50;

interface Run {
  collectionId: string;
  sourceId: string;
  type: 'index' | 'append' | 'remove_source';
  job: Extract<JobType, 'scan_source' | 'remove_source'>;
  config: Record<string, unknown>;
}

export class SourcesService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly rules: SourceRules,
    private readonly box: SecretBox,
    private readonly options: { maxAttempts: number },
  ) {}

  /** Adds a source and looks through it. One that is there already is looked through again, with what is said of it now. */
  async add(request: WriteRequest, collectionId: string, dto: AddSourceDto): Promise<object> {
    const { type } = await this.database.tenant(request.scope, (sql) => readCollection(sql, request.access, collectionId, 'write')); // before its place is looked at
    assertTakes(type, dto.source_type);
    const { secrets, ...settings } = await sourceSettingsOf(dto, this.rules);
    return this.write(request, 202, async (sql) => {
      await shareCollection(sql, request.access, collectionId, 'write');
      const isKnown = (await sourceByPath(sql, request.scope, collectionId, settings.sourcePath)) !== undefined;
      const sourceId = await putSource(sql, request.scope, { collectionId, ...settings });
      await keepSecrets(sql, request.scope, sourceId, this.sealed(request, sourceId, secrets));
      const { sourceType, sourcePath } = settings;
      const config = { source_id: sourceId, source_type: sourceType, source_path: sourcePath };
      return this.run(sql, request, { collectionId, sourceId, type: isKnown ? 'append' : 'index', job: 'scan_source', config });
    });
  }

  read(access: Access, collectionId: string, id: string): Promise<object> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      await readCollection(sql, access, collectionId);
      return sourceAnswer(await ofCollection(collectionId, readSource(sql, access.scope, id)));
    });
  }

  /** What looked through it, the newest first. */
  runs(access: Access, collectionId: string, id: string, limit = RUNS): Promise<object[]> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      await readCollection(sql, access, collectionId);
      await ofCollection(collectionId, readSource(sql, access.scope, id));
      return (await listOperations(sql, access, { collectionId, sourceId: id, limit })).map(operationAnswer);
    });
  }

  async update(request: WriteRequest, collectionId: string, id: string, { sync, paused }: UpdateSourceDto): Promise<object> {
    return this.writes.transaction(request, 200, async (sql) => {
      await shareCollection(sql, request.access, collectionId, 'write');
      await ofCollection(collectionId, readSource(sql, request.scope, id));
      await scheduleSource(sql, request.scope, id, { everyMinutes: sync && (sync.every_minutes ?? null), isPaused: paused });
      return sourceAnswer(await ofCollection(collectionId, readSource(sql, request.scope, id)));
    });
  }

  /** Looks through it now, also when it is paused. */
  async sync(request: WriteRequest, collectionId: string, id: string): Promise<object> {
    return this.write(request, 202, async (sql) => {
      await shareCollection(sql, request.access, collectionId, 'write');
      const { sourceType, sourcePath } = await ofCollection(collectionId, readSource(sql, request.scope, id));
      await holdIdleSource(sql, request.scope, id);
      const config = { source_id: id, source_type: sourceType, source_path: sourcePath };
      return this.run(sql, request, { collectionId, sourceId: id, type: 'append', job: 'scan_source', config });
    });
  }

  /** The path as it was written counts first: of two that were added when each spelling was a source, either can be named. */
  async removeByPath(request: WriteRequest, collectionId: string, path: string): Promise<object> {
    return this.remove(request, collectionId, (sql) => sourceByPath(sql, request.scope, collectionId, path, pathOfSource(path)));
  }

  async removeById(request: WriteRequest, collectionId: string, id: string): Promise<object> {
    return this.remove(request, collectionId, (sql) => readSource(sql, request.scope, id));
  }

  private sealed({ scope }: WriteRequest, sourceId: string, secrets: Secrets): Buffer | null {
    return Object.keys(secrets).length === 0 ? null : this.box.seal(secrets, boundToSource(scope, sourceId));
  }

  private remove(request: WriteRequest, collectionId: string, find: (sql: Sql) => Promise<SourceView | undefined>): Promise<object> {
    return this.write(request, 202, async (sql) => {
      await shareCollection(sql, request.access, collectionId, 'write');
      const source = await ofCollection(collectionId, find(sql));
      await markSourceRemoved(sql, request.scope, source.id);
      const config = { source_id: source.id, source_type: source.sourceType, source_path: source.sourcePath };
      return this.run(sql, request, { collectionId, sourceId: source.id, type: 'remove_source', job: 'remove_source', config });
    });
  }

  private async run(sql: Sql, request: WriteRequest, { collectionId, sourceId, type, job, config }: Run): Promise<object> {
    const { scope, correlationId, traceparent } = request;
    const operationId = await beginOperation(sql, scope, { collectionId, sourceId, type, config, total: 0, jobs: 1 });
    if (job === 'scan_source') await markRun(sql, scope, sourceId, operationId);
    const payload = { source_id: sourceId };
    const jobKey = jobKeyOf(scope.orgId, job, { ...payload, operation_id: operationId });
    await acceptJob(this.database, scope, { type: job, jobKey, payload, maxAttempts: this.options.maxAttempts, correlationId, traceparent, operationId }, sql);
    return operationAnswer(await readOperation(sql, request.access, operationId));
  }

  private async write(request: WriteRequest, status: number, work: (sql: Sql) => Promise<object>): Promise<object> {
    const answer = await this.writes.transaction(request, status, work);
    this.hints.announceJobs(request.scope.orgId);
    return answer;
  }
}

/** A page comes from an address; all other sources have files. */
function assertTakes(type: CollectionType, sourceType: string): void {
  if (type === 'mixed' || (type === 'webpages') === (sourceType === 'url')) return;
  const takes = type === 'webpages' ? 'web pages only, and no sources of files' : 'documents only, and no pages from addresses';
  throw new CairnError('bad_request', `This collection is for ${takes}. Make one of the type "mixed", or of the type that fits.`, {
    errors: [{ path: 'source_type', message: `does not fit a collection of the type ${type}` }],
  });
}

async function ofCollection(collectionId: string, found: Promise<SourceView | undefined>): Promise<SourceView> {
  const source = await found;
  if (source?.collectionId !== collectionId) throw noSource();
  return source;
}
