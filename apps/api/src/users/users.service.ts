import {
  type AuthConfig,
  accountName,
  addAccount,
  addInvitation,
  addUser,
  CairnError,
  changeRole,
  type Database,
  listUsers,
  type OrgRole,
  type PasswordHasher,
  readUser,
  removeUser,
  type Sql,
  type TenantScope,
  type UserView,
} from '@cairn/common';
import type { AccountsConfig } from '../accounts/accounts.config.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { AddUserDto, ListUsersDto } from './users.dto.js';

const PER_PAGE = 100;

/** Who belongs to an organisation, and as what. */
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly passwords: PasswordHasher,
    private readonly rules: { auth: AuthConfig; accounts: AccountsConfig },
  ) {}

  async list(scope: TenantScope, { cursor = '0', limit = PER_PAGE }: ListUsersDto): Promise<object> {
    const users = await this.database.tenantSnapshot(scope, (sql) => listUsers(sql, scope, { after: cursor, limit }));
    const last = users.at(-1);
    return { users: users.map(userAnswer), next_cursor: last && users.length === limit ? String(last.id) : null };
  }

  /** With a password the user can log in at once; without one he makes his account with the invitation. */
  async add(request: WriteRequest, { email: given, role, password }: AddUserDto): Promise<object> {
    if (this.rules.auth.tokenSecret === undefined)
      throw new CairnError('not_found', 'No accounts are kept here: users come with a token of the identity provider.');
    const email = accountName(given);
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password);
    // No Idempotency-Key: the answer holds the invitation, which is kept nowhere.
    return this.writes.transaction({ ...request, idempotencyKey: undefined }, 201, async (sql) => {
      const userId = await addUser(sql, request, email, role);
      const invitation = passwordHash === undefined ? await this.invite(sql, request.scope, userId) : {};
      if (passwordHash !== undefined) await addAccount(sql, request.scope, { userId, email, username: null, fullName: null, passwordHash });
      return { ...userAnswer(await readUser(sql, request.scope, userId)), ...invitation };
    });
  }

  change(request: WriteRequest, userId: string, role: OrgRole): Promise<object> {
    return this.writes.transaction(request, 200, async (sql) => {
      await changeRole(sql, request, userId, role);
      return userAnswer(await readUser(sql, request.scope, userId));
    });
  }

  remove(request: WriteRequest, userId: string): Promise<void> {
    return this.writes.transaction(request, 204, (sql) => removeUser(sql, request, userId));
  }

  private async invite(sql: Sql, scope: TenantScope, userId: string): Promise<object> {
    const { token, expiresAt } = await addInvitation(sql, scope, userId, this.rules.accounts.invitationDays);
    return { invitation_token: token, invitation_expires_at: expiresAt };
  }
}

function userAnswer({ id, subject, email, username, fullName, role, isInvited, createdAt }: UserView) {
  return { id, user: subject, email, username, full_name: fullName, role, status: isInvited ? 'invited' : 'active', created_at: createdAt };
}
