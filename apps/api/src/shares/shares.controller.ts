import { type Access, CallerAccess, Endpoint, FromBody, IdFromPath, READ_COLLECTION, TextFromPath, WRITE_COLLECTION } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { ShareDto, ShareWithDto } from './shares.dto.js';
import { SHARE_ANSWER, SHARES_ANSWER } from './shares.schema.js';
import { SharesService, userIdOf } from './shares.service.js';

const TAG = 'Shares';
const UserFromPath = () => TextFromPath('user_id', 'Number of the user.', 20);

@Controller()
export class SharesController {
  constructor(private readonly shares: SharesService) {}

  @Endpoint('GET /api/v2/collections/{id}/shares', {
    summary: 'With whom a collection is shared.',
    description: 'For its owner, and for those whom it is shared with as `admin`.',
    permission: READ_COLLECTION,
    answers: { 200: SHARES_ANSWER },
    errors: ['forbidden'],
    tag: TAG,
  })
  list(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string) {
    return this.shares.list(access, id);
  }

  @Endpoint('PUT /api/v2/collections/{id}/shares', {
    summary: 'Share a collection with the user of this subject, or change what he may do.',
    permission: WRITE_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: SHARE_ANSWER },
    errors: ['forbidden', 'conflict'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  shareWith(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromBody() { user, role }: ShareWithDto) {
    return this.shares.put(write, id, { subject: user }, role);
  }

  @Endpoint('PUT /api/v2/collections/{id}/shares/{user_id}', {
    summary: 'Share a collection with a user, or change what he may do.',
    permission: WRITE_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: SHARE_ANSWER },
    errors: ['forbidden', 'conflict'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  share(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @UserFromPath() userId: string, @FromBody() { role }: ShareDto) {
    return this.shares.put(write, id, { userId: userIdOf(userId) }, role);
  }

  @Endpoint('DELETE /api/v2/collections/{id}/shares/{user_id}', {
    summary: 'Take a share back, or leave a collection that is shared with you.',
    description: 'From the answer on the user is asked for his other roles: a public collection he still reads.',
    permission: WRITE_COLLECTION,
    answers: { 204: 'It is not shared with the user any more.' },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @UserFromPath() userId: string) {
    return this.shares.remove(write, id, userIdOf(userId));
  }
}
