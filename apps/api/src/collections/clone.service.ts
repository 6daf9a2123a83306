import {
  CairnError,
  type CollectionType,
  copyDocuments,
  type Database,
  type Hints,
  type ModelDirectory,
  newId,
  readCollection,
  shareCollection,
} from '@cairn/common';
import { withProfile } from '../chunking/with-profile.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { collectionAnswer } from './collection-answer.js';
import type { CollectionTasks } from './collection-tasks.js';
import type { CloneCollectionDto } from './collections.dto.js';
import { indexSettingsOf } from './index-settings.js';

/** Makes a collection with the documents of another one, cut and embedded in a way of its own. */
export class CloneService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly models: ModelDirectory,
    private readonly tasks: CollectionTasks,
  ) {}

  async clone(request: WriteRequest, originalId: string, dto: CloneCollectionDto): Promise<object> {
    const { access, scope } = request;
    const id = newId();
    const answer = await this.writes.prepared(request, 201, {
      prepare: async () => {
        const { index: base } = await this.database.tenant(scope, (sql) => readCollection(sql, access, originalId));
        return indexSettingsOf(await withProfile(this.database, scope, dto), { collectionId: id, models: this.models, base });
      },
      work: async (sql, settings) => {
        await shareCollection(sql, access, originalId, 'read');
        const original = await readCollection(sql, access, originalId);
        const { indexId, operationId } = await this.tasks.make(sql, request, {
          id,
          name: dto.name,
          description: dto.description ?? original.description,
          type: dto.type ?? original.type,
          isPublic: dto.is_public ?? false,
          autoMaintenance: dto.auto_maintenance ?? original.autoMaintenance,
          metadata: dto.metadata ?? original.metadata,
          settings,
        });
        const documentIds = await copyDocuments(sql, scope, originalId, id);
        if (documentIds.length > 0) assertTakesThese(dto.type, original.type);
        const filling = await this.tasks.fill(sql, request, { collectionId: id, indexId, documentIds, config: { cloned_from: originalId } });
        return { ...collectionAnswer(await readCollection(sql, access, id)), initial_operation_id: operationId, operation_id: filling };
      },
    });
    this.hints.announceJobs(scope.orgId);
    return answer;
  }
}

/** What is in it came as what its type takes, and nobody asks a second time. */
function assertTakesThese(wanted: CollectionType | undefined, original: CollectionType): void {
  if (wanted === undefined || wanted === original || wanted === 'mixed') return;
  const message = `must be "${original}", as that of the original, or "mixed", because the original is not empty`;
  throw new CairnError('invalid_input', `type ${message}.`, { errors: [{ path: 'type', message: `type ${message}` }] });
}
