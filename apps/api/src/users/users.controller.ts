import { Caller, Endpoint, FromBody, FromQuery, type TenantScope, TextFromPath } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { userIdOf } from '../shares/shares.service.js';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { AddUserDto, ChangeRoleDto, ListUsersDto } from './users.dto.js';
import { ADDED_ANSWER, USER_ANSWER, USERS_ANSWER } from './users.schema.js';
import { UsersService } from './users.service.js';

const TAG = 'Users';
const UserFromPath = () => TextFromPath('user_id', 'Number of the user.', 20);

@Controller()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Endpoint('GET /api/v2/users', {
    summary: 'The users of the organisation.',
    permission: { scope: 'admin' },
    answers: { 200: USERS_ANSWER },
    tag: TAG,
  })
  list(@Caller() scope: TenantScope, @FromQuery() query: ListUsersDto) {
    return this.users.list(scope, query);
  }

  @Endpoint('POST /api/v2/users', {
    summary: 'Add a user to the organisation, with a first password or by an invitation.',
    permission: { scope: 'admin' },
    unknownFields: 'refuse',
    answers: { 201: ADDED_ANSWER },
    errors: ['conflict', 'not_found'],
    tag: TAG,
  })
  add(@Write() write: WriteRequest, @FromBody() dto: AddUserDto) {
    return this.users.add(write, dto);
  }

  @Endpoint('PATCH /api/v2/users/{user_id}', {
    summary: 'Change what a user is in the organisation.',
    description: 'It holds after 3 seconds at most. Only an owner makes and unmakes owners; the last one stays.',
    permission: { scope: 'admin' },
    unknownFields: 'refuse',
    answers: { 200: USER_ANSWER },
    errors: ['conflict', 'not_found'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  change(@Write() write: WriteRequest, @UserFromPath() userId: string, @FromBody() { role }: ChangeRoleDto) {
    return this.users.change(write, userIdOf(userId), role);
  }

  @Endpoint('DELETE /api/v2/users/{user_id}', {
    summary: 'Remove a user from the organisation.',
    description:
      'His password, sessions, invitations and API keys let nobody in any more. What he owned stays. Only an owner removes owners; the last one stays.',
    permission: { scope: 'admin' },
    answers: { 204: 'The user was removed.' },
    errors: ['conflict', 'not_found'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @UserFromPath() userId: string) {
    return this.users.remove(write, userIdOf(userId));
  }
}
