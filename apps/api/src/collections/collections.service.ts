import {
  type Access,
  beginOperation,
  type Database,
  deleteCollection,
  type Hints,
  listCollections,
  listIndexes,
  listOperations,
  listSources,
  type ModelDirectory,
  newId,
  readCollection,
  updateCollection,
} from '@cairn/common';
import { withProfile } from '../chunking/with-profile.js';
import { operationAnswer } from '../operations/operation-answer.js';
import { settingsOfTemplate, underTemplate } from '../templates/use-template.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { collectionAnswer, indexAnswer, sourceAnswer } from './collection-answer.js';
import type { CollectionTasks } from './collection-tasks.js';
import type { CreateCollectionDto, ListCollectionsDto, UpdateCollectionDto } from './collections.dto.js';
import { assertFixedStay } from './fixed-fields.js';
import { indexSettingsOf } from './index-settings.js';

const PER_PAGE = 20;
const RECENT = 10;

export class CollectionsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly models: ModelDirectory,
    private readonly tasks: CollectionTasks,
  ) {}

  async create(request: WriteRequest, asked: CreateCollectionDto): Promise<object> {
    const id = newId();
    const answer = await this.writes.prepared(request, 201, {
      prepare: async () => {
        const dto = await this.withTemplate(request, await withProfile(this.database, request.scope, asked));
        return { dto, settings: await indexSettingsOf(dto, { collectionId: id, models: this.models }) };
      },
      work: async (sql, { dto, settings }) => {
        const { name, description = '', type = 'mixed', is_public: isPublic = false, auto_maintenance: autoMaintenance = false, metadata = {} } = dto;
        const { operationId } = await this.tasks.make(sql, request, { id, name, description, type, isPublic, autoMaintenance, metadata, settings });
        return { ...collectionAnswer(await readCollection(sql, request.access, id)), initial_operation_id: operationId };
      },
    });
    this.accepted(request);
    return answer;
  }

  async list(access: Access, { page = 1, per_page: perPage = PER_PAGE, search }: ListCollectionsDto): Promise<object> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const { collections, total } = await listCollections(sql, access, { search, limit: perPage, offset: (page - 1) * perPage });
      return { collections: collections.map(collectionAnswer), total, page, per_page: perPage };
    });
  }

  /** The collection with its sources and what was done with it lately, in one snapshot. */
  async read(access: Access, id: string): Promise<object> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const collection = await readCollection(sql, access, id);
      const sources = await listSources(sql, access.scope, id);
      const operations = await listOperations(sql, access, { collectionId: id, limit: RECENT });
      const indexes = await listIndexes(sql, access.scope, id);
      return {
        ...collectionAnswer(collection),
        indexes: indexes.map(indexAnswer),
        sources: sources.map(sourceAnswer),
        recent_operations: operations.map(operationAnswer),
      };
    });
  }

  async update(request: WriteRequest, id: string, dto: UpdateCollectionDto): Promise<object> {
    const { name, description, is_public: isPublic, auto_maintenance: autoMaintenance, metadata } = dto;
    return this.writes.transaction(request, 200, async (sql) => {
      assertFixedStay(await readCollection(sql, request.access, id, 'admin'), dto);
      return collectionAnswer(await updateCollection(sql, request.access, id, { name, description, isPublic, autoMaintenance, metadata }));
    });
  }

  async remove(request: WriteRequest, id: string): Promise<void> {
    await this.writes.transaction(request, 204, async (sql) => {
      await deleteCollection(sql, removerOf(request), id);
      const operationId = await beginOperation(sql, request.scope, { collectionId: id, type: 'delete', total: 0, jobs: 1 });
      await this.tasks.add(sql, request, { type: 'remove_collection', payload: { collection_id: id }, operationId });
    });
    this.accepted(request);
  }

  private async withTemplate({ scope }: WriteRequest, asked: CreateCollectionDto): Promise<CreateCollectionDto> {
    const { template } = asked;
    if (template === undefined || template === null) return asked;
    return underTemplate(asked, await this.database.tenant(scope, (sql) => settingsOfTemplate(sql, scope, template)));
  }

  private accepted({ scope }: WriteRequest): void {
    this.hints.announceJobs(scope.orgId);
  }
}

/** An admin of the organisation may remove what others own, who may be gone; he need not be able to read it. */
function removerOf({ access, administers }: WriteRequest): Access {
  return administers ? { ...access, userId: null } : access;
}
