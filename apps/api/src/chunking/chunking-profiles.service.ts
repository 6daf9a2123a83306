import { type Access, addChunkingProfile, type Database, listChunkingProfiles, removeChunkingProfile } from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { CreateChunkingProfileDto } from './chunking.dto.js';
import { profileAnswer } from './chunking-answer.js';
import { planOf } from './chunking-plan.js';

/** Ways of chunking that an organisation keeps by a name. */
export class ChunkingProfilesService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  create(request: WriteRequest, { name, description = '', ...dto }: CreateChunkingProfileDto): Promise<object> {
    return this.writes.transaction(request, 201, async (sql) => {
      const plan = await planOf(sql, request.scope, dto);
      return profileAnswer(await addChunkingProfile(sql, request.scope, { name, description, ...plan }));
    });
  }

  async list({ scope }: Access): Promise<object> {
    const profiles = await this.database.tenant(scope, (sql) => listChunkingProfiles(sql, scope));
    return { profiles: profiles.map(profileAnswer) };
  }

  remove(request: WriteRequest, id: string): Promise<void> {
    return this.writes.transaction(request, 204, (sql) => removeChunkingProfile(sql, request.scope, id));
  }
}
