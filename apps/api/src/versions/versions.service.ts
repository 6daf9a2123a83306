import {
  type Access,
  type Database,
  type Hints,
  listVersions,
  lockCollection,
  type ModelDirectory,
  noVersion,
  readCollection,
  readVersion,
  updateCollection,
  type VersionView,
} from '@cairn/common';
import { collectionAnswer } from '../collections/collection-answer.js';
import { indexSettingsOf } from '../collections/index-settings.js';
import type { ReindexService } from '../collections/reindex.service.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { ListVersionsDto } from './versions.dto.js';

const PER_PAGE = 20;
/** Shorter than the longest integer: what is longer is no version's number. */
const NUMBER = /^[1-9]\d{0,8}$/;

/** What a collection was like before it was changed. */
export class VersionsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly models: ModelDirectory,
    private readonly reindexes: ReindexService,
  ) {}

  list(access: Access, id: string, { page = 1, per_page: perPage = PER_PAGE }: ListVersionsDto): Promise<object> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      await readCollection(sql, access, id);
      const { versions, total } = await listVersions(sql, access.scope, id, { limit: perPage, offset: (page - 1) * perPage });
      return { versions: versions.map(versionAnswer), total, page, per_page: perPage };
    });
  }

  /** What is said of the collection is as it was from the answer on; how its documents are cut and embedded when the operation has ended. */
  async restore(request: WriteRequest, id: string, number: string): Promise<object> {
    const { access, scope } = request;
    const { version, index } = await this.database.tenant(scope, async (sql) => {
      const { index: base } = await readCollection(sql, access, id, 'admin');
      return { index: base, version: await readVersion(sql, scope, id, numberOf(number)) };
    });
    const settings = await indexSettingsOf(version.settings, { collectionId: id, models: this.models, base: index });
    const answer = await this.writes.transaction(request, 200, async (sql) => {
      await lockCollection(sql, access, id, 'admin');
      await updateCollection(sql, access, id, version);
      const operation = await this.reindexes.changeTo(sql, request, id, { settings, config: { ...version.settings, restored_version: version.number } });
      return { ...collectionAnswer(await readCollection(sql, access, id)), operation_id: operation?.id ?? null };
    });
    this.hints.announceJobs(scope.orgId);
    return answer;
  }
}

function numberOf(text: string): number {
  if (!NUMBER.test(text)) throw noVersion();
  return Number(text);
}

function versionAnswer({ number, name, description, isPublic, autoMaintenance, metadata, settings, changedBy, changedAt }: VersionView) {
  return {
    version: number,
    name,
    description,
    is_public: isPublic,
    auto_maintenance: autoMaintenance,
    metadata,
    ...settings,
    changed_by: changedBy,
    changed_at: changedAt,
  };
}
