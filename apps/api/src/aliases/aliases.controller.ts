import { type Access, CallerAccess, Endpoint, FromBody, READ_COLLECTION, TextFromPath, WRITE_COLLECTION } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { PutAliasDto } from './aliases.dto.js';
import { ALIAS_ANSWER, ALIASES_ANSWER } from './aliases.schema.js';
import { AliasesService } from './aliases.service.js';

const TAG = 'Aliases';
/** As long as the name of a collection. */
const ALIAS_BYTES = 256;
const AliasFromPath = () => TextFromPath('alias', 'The alias.', ALIAS_BYTES);

@Controller()
export class AliasesController {
  constructor(private readonly aliases: AliasesService) {}

  @Endpoint('GET /api/v2/aliases', {
    summary: 'The aliases of collections that you may read.',
    permission: READ_COLLECTION,
    answers: { 200: ALIASES_ANSWER },
    tag: TAG,
  })
  list(@CallerAccess() access: Access) {
    return this.aliases.list(access);
  }

  @Endpoint('GET /api/v2/aliases/{alias}', {
    summary: 'An alias, and the collection that it names.',
    permission: READ_COLLECTION,
    answers: { 200: ALIAS_ANSWER },
    errors: ['not_found'],
    tag: TAG,
  })
  read(@CallerAccess() access: Access, @AliasFromPath() alias: string) {
    return this.aliases.read(access, alias);
  }

  @Endpoint('PUT /api/v2/aliases/{alias}', {
    summary: 'Give a collection another name, or move that name from another collection to it.',
    description:
      'An alias is taken wherever a collection is named: in searches, and in addresses in the place of its id. A search finds what is in the old collection or in the new one, never nothing in between. You need the role `admin` in the collection, and in the one that had the alias.',
    permission: WRITE_COLLECTION,
    answers: { 200: ALIAS_ANSWER },
    errors: ['not_found', 'forbidden', 'conflict'],
    headers: IDEMPOTENT,
    unknownFields: 'refuse',
    tag: TAG,
  })
  put(@Write() write: WriteRequest, @AliasFromPath() alias: string, @FromBody() { collection_id }: PutAliasDto) {
    return this.aliases.put(write, alias, collection_id);
  }

  @Endpoint('DELETE /api/v2/aliases/{alias}', {
    summary: 'Take an alias away; its collection stays.',
    permission: WRITE_COLLECTION,
    answers: { 204: 'Nothing has this name any more.' },
    errors: ['not_found', 'forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @AliasFromPath() alias: string) {
    return this.aliases.remove(write, alias);
  }
}
