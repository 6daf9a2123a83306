import { Endpoint, type FamilyReader, FromBody, READ_COLLECTION, TextFromPath, WRITE_COLLECTION } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { AddFamilyDto, FAMILY_NAME_BYTES, PutFamilyDto } from './families.dto.js';
import { FAMILIES_ANSWER, FAMILY_ANSWER } from './families.schema.js';
import { FamiliesService } from './families.service.js';
import { Reader } from './family-reader.decorator.js';

const TAG = 'Families';
const NameFromPath = () => TextFromPath('name', 'Name of the family.', FAMILY_NAME_BYTES);

@Controller()
export class FamiliesController {
  constructor(private readonly families: FamiliesService) {}

  @Endpoint('POST /api/v2/families', {
    summary: 'Put collections together under a name, to be asked as one.',
    description:
      'With a `route`, a statement that says which value of its field it wants asks only the collections that can have it. The values are declared, or learnt: then the system keeps what each collection holds, with every document that is written.',
    permission: WRITE_COLLECTION,
    answers: { 201: FAMILY_ANSWER },
    errors: ['bad_request', 'conflict', 'unavailable'],
    headers: IDEMPOTENT,
    unknownFields: 'refuse',
    tag: TAG,
  })
  add(@Write() write: WriteRequest, @FromBody() dto: AddFamilyDto) {
    return this.families.add(write, dto);
  }

  @Endpoint('GET /api/v2/families', {
    summary: 'The families that have a collection which you may read, with those that they have.',
    permission: READ_COLLECTION,
    answers: { 200: FAMILIES_ANSWER },
    tag: TAG,
  })
  list(@Reader() reader: FamilyReader) {
    return this.families.list(reader);
  }

  @Endpoint('GET /api/v2/families/{name}', {
    summary: 'A family, with those of its collections that you may read.',
    permission: READ_COLLECTION,
    answers: { 200: FAMILY_ANSWER },
    errors: ['not_found'],
    tag: TAG,
  })
  read(@Reader() reader: FamilyReader, @NameFromPath() name: string) {
    return this.families.read(reader, name);
  }

  @Endpoint('PUT /api/v2/families/{name}', {
    summary: 'Say anew which collections a family has, and how it is routed.',
    description: 'Collections of the family that you may not read stay in it.',
    permission: WRITE_COLLECTION,
    answers: { 200: FAMILY_ANSWER },
    errors: ['bad_request', 'not_found', 'conflict', 'unavailable'],
    headers: IDEMPOTENT,
    unknownFields: 'refuse',
    tag: TAG,
  })
  put(@Write() write: WriteRequest, @NameFromPath() name: string, @FromBody() dto: PutFamilyDto) {
    return this.families.put(write, name, dto);
  }

  @Endpoint('DELETE /api/v2/families/{name}', {
    summary: 'Delete a family; its collections stay.',
    permission: WRITE_COLLECTION,
    answers: { 204: 'Nothing has this name any more.' },
    errors: ['not_found'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @NameFromPath() name: string) {
    return this.families.remove(write, name);
  }
}
