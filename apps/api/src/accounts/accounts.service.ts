import {
  type AuthConfig,
  accountName,
  addAccount,
  addOrganisation,
  appendAudit,
  CairnError,
  changePassword,
  continueSession,
  currentContext,
  type Database,
  endSession,
  type FoundAccount,
  findAccount,
  findOwnAccount,
  holdAccount,
  INVITATION_PREFIX,
  invitationRefused,
  isOutdated,
  keepPasswordHash,
  type Logger,
  newId,
  type OpenSession,
  type OrgId,
  openSession,
  type ParsedCredential,
  type PasswordHasher,
  type Principal,
  parseCredential,
  type RateLimiter,
  REFRESH_PREFIX,
  readOwnAccount,
  type Sql,
  scopeOfAccount,
  sessionOfToken,
  signAccountToken,
  type TenantScope,
  takeInvitation,
} from '@cairn/common';
import type { AccountsConfig } from './accounts.config.js';
import type { AcceptInvitationDto, ChangePasswordDto, LoginDto, RegisterDto } from './accounts.dto.js';

interface Rules {
  auth: AuthConfig;
  accounts: AccountsConfig;
}

/** A session, and in which organisation it is. */
interface Begun {
  scope: TenantScope;
  session: OpenSession;
}

/** What people do to be let in, before the system knows who they are. */
export class AccountsService {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordHasher,
    private readonly limiter: RateLimiter,
    private readonly rules: Rules,
    private readonly log: Logger,
  ) {}

  /** A new organisation, and its owner. */
  async register({ email: given, password, username, full_name, organisation }: RegisterDto): Promise<object> {
    this.secret();
    if (!this.rules.accounts.registrationIsOpen)
      throw new CairnError('forbidden', 'Registration is closed here. Ask an admin of your organisation to invite you, or the operator for an organisation.');
    const email = accountName(given);
    const passwordHash = await this.passwords.hash(password);
    const maker = scopeOfAccount({ orgId: newId<OrgId>(), userId: null });
    const begun = await this.database.tenant(maker, async (sql) => {
      const { scope, userId } = await addOrganisation(sql, maker, { name: organisation ?? `Organisation of ${email}`, owner: email });
      await addAccount(sql, scope, {
        userId,
        email,
        username: username === undefined ? null : accountName(username),
        fullName: full_name ?? null,
        passwordHash,
      });
      return this.begin(sql, scope, { userId, subject: email }, 'POST /api/auth/register');
    });
    return { ...whoAnswer(begun, 'owner'), ...(await this.tokens(begun)) };
  }

  /** The same answer, after the same work, for a wrong password and for nobody's name. */
  async login({ email, username, password }: LoginDto): Promise<object> {
    this.secret();
    const name = accountName(nameOf(email ?? username));
    this.countTry(name);
    const found = await findAccount(this.database, name);
    const begun = (await this.passwords.matches(password, found?.passwordHash)) && found ? await this.open(found, password) : undefined;
    if (!begun) {
      if (found) this.recordRefusal(found, 'POST /api/auth/login');
      throw loginRefused();
    }
    this.limiter.forgetAccount(name);
    return this.tokens(begun);
  }

  /** The next tokens of a session. */
  async refresh(refreshToken: string): Promise<object> {
    this.secret();
    const token = parseCredential(REFRESH_PREFIX, refreshToken);
    if (!token) throw sessionRefused();
    const scope = scopeOfAccount({ orgId: token.orgId, userId: null });
    const outcome = await this.database.tenant(scope, async (sql) => {
      const continued = await continueSession(sql, scope, token);
      if (continued.kind === 'reused') await this.record(sql, scope, 'denied POST /api/auth/refresh', continued.userId, { reason: 'reused' });
      return continued;
    });
    if (outcome.kind !== 'continued') throw sessionRefused();
    return this.tokens({ scope, session: outcome.session });
  }

  /** Ends the session of a refresh token, or of the caller. One that has ended stays ended. */
  async logout(refreshToken: string | undefined, caller: () => Promise<Principal>): Promise<void> {
    if (refreshToken !== undefined) return this.endSessionOf(parseCredential(REFRESH_PREFIX, refreshToken));
    const { scope, sessionId } = await caller();
    if (sessionId === undefined)
      throw new CairnError('bad_request', 'These credentials belong to no session that could be ended here. Send the refresh token of one.');
    await this.database.tenant(scope, (sql) => this.end(sql, scope, sessionId));
  }

  /** Whoever has an access token has not yet the account: the password that it has is asked for, and tries count as at a login, right ones too: each costs two hashes. */
  async changePassword({ scope, userId, sessionId }: Principal, { current_password, new_password }: ChangePasswordDto): Promise<void> {
    if (userId === null || sessionId === undefined)
      throw new CairnError(
        'bad_request',
        'These credentials belong to no account that is kept here. Log in with its password first, then ask with that access token.',
      );
    const found = await this.database.tenant(scope, (sql) => findOwnAccount(sql, scope, userId));
    if (!found) throw passwordRefused();
    this.countTry(found.email);
    if (!(await this.passwords.matches(current_password, found.passwordHash))) {
      this.recordRefusal(found, 'POST /api/auth/password');
      throw passwordRefused();
    }
    const hash = await this.passwords.hash(new_password);
    const changed = await this.database.tenant(scope, async (sql) => {
      if (!(await changePassword(sql, scope, found, { hash, keptSession: sessionId }))) return false;
      await this.record(sql, scope, 'POST /api/auth/password', userId);
      return true;
    });
    if (!changed) throw passwordRefused();
  }

  /** An account for who was invited. */
  async accept({ token: given, password, username, full_name }: AcceptInvitationDto): Promise<object> {
    this.secret();
    const token = parseCredential(INVITATION_PREFIX, given);
    if (!token) throw invitationRefused();
    const passwordHash = await this.passwords.hash(password);
    const guest = scopeOfAccount({ orgId: token.orgId, userId: null });
    const { begun, role } = await this.database.tenant(guest, async (sql) => {
      const user = await takeInvitation(sql, guest, token);
      const scope = scopeOfAccount({ orgId: token.orgId, userId: user.userId });
      const names = { email: user.subject, username: username === undefined ? null : accountName(username) };
      await addAccount(sql, scope, { userId: user.userId, ...names, fullName: full_name ?? null, passwordHash });
      const own = await readOwnAccount(sql, scope, user.userId);
      return { begun: await this.begin(sql, scope, user, 'POST /api/auth/invitations/accept'), role: own?.role ?? null };
    });
    return { ...whoAnswer(begun, role), ...(await this.tokens(begun)) };
  }

  async me({ scope, userId, role, rights, kind }: Principal): Promise<object> {
    const own = userId === null ? undefined : await this.database.tenant(scope, (sql) => readOwnAccount(sql, scope, userId));
    return {
      id: own?.userId ?? null,
      credential: kind,
      organisation_id: scope.orgId,
      organisation: own?.organisation ?? null,
      subject: own?.subject ?? null,
      email: own?.email ?? null,
      username: own?.username ?? null,
      full_name: own?.fullName ?? null,
      role,
      scopes: [...rights],
      created_at: own?.createdAt ?? null,
    };
  }

  // To check a password takes its time: undefined where the user was removed meanwhile, or has got another.
  private async open(found: FoundAccount, password: string): Promise<Begun | undefined> {
    const { orgId, userId, email, passwordHash } = found;
    const better = isOutdated(passwordHash) ? await this.passwords.hash(password) : undefined;
    const scope = scopeOfAccount({ orgId, userId });
    return this.database.tenant(scope, async (sql) => {
      if (!(await holdAccount(sql, scope, found))) return undefined;
      if (better !== undefined) await keepPasswordHash(sql, found, better);
      return this.begin(sql, scope, { userId, subject: email }, 'POST /api/auth/login');
    });
  }

  private async begin(sql: Sql, scope: TenantScope, user: { userId: string; subject: string }, action: string): Promise<Begun> {
    const session = await openSession(sql, scope, user, this.rules.accounts.sessionDays);
    await this.record(sql, scope, action, user.userId);
    return { scope, session };
  }

  private async endSessionOf(token: ParsedCredential | undefined): Promise<void> {
    if (!token) return;
    const scope = scopeOfAccount({ orgId: token.orgId, userId: null });
    await this.database.tenant(scope, async (sql) => {
      const sessionId = await sessionOfToken(sql, scope, token);
      if (sessionId !== undefined) await this.end(sql, scope, sessionId);
    });
  }

  private async end(sql: Sql, { orgId }: TenantScope, sessionId: string): Promise<void> {
    const scope = scopeOfAccount({ orgId, userId: null });
    const userId = await endSession(sql, scope, sessionId);
    if (userId !== undefined) await this.record(sql, scopeOfAccount({ orgId, userId }), 'POST /api/auth/logout', userId);
  }

  private async tokens({ scope, session }: Begun): Promise<object> {
    const { accessTokenSec } = this.rules.accounts;
    const { subject, sessionId, refreshToken } = session;
    const accessToken = await signAccountToken({ orgId: scope.orgId, subject, sessionId }, { secret: this.secret(), lifeSec: accessTokenSec });
    return { access_token: accessToken, refresh_token: refreshToken, token_type: 'bearer', expires_in: accessTokenSec };
  }

  private countTry(name: string): void {
    const verdict = this.limiter.ofAccount(name);
    if (verdict?.refusal) throw verdict.refusal;
  }

  private secret(): string {
    const secret = this.rules.auth.tokenSecret;
    if (secret === undefined)
      throw new CairnError('not_found', 'No accounts are kept here. Callers come with a token of the identity provider, or an API key.');
    return secret;
  }

  /** Behind the answer, which would else say by its time that there is such an account. */
  private recordRefusal({ orgId, userId }: FoundAccount, action: string): void {
    const scope = scopeOfAccount({ orgId, userId: null });
    this.database
      .tenant(scope, (sql) => this.record(sql, scope, `denied ${action}`, userId))
      .catch((err: unknown) => this.log.warn({ err, orgId }, 'refused password could not be put into the audit log'));
  }

  private record(sql: Sql, scope: TenantScope, action: string, userId: string, details: Record<string, unknown> = {}): Promise<void> {
    return appendAudit(sql, scope, { action, thing: userId, correlationId: currentContext()?.correlationId ?? '', details });
  }
}

function nameOf(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new CairnError('invalid_input', 'email is missing: the e-mail address or user name of the account.', {
    errors: [{ path: 'email', message: 'is missing' }],
  });
}

function whoAnswer({ scope, session }: Begun, role: string | null): object {
  return { id: Number(session.userId), email: session.subject, organisation_id: scope.orgId, role };
}

function loginRefused(): CairnError {
  return new CairnError('unauthenticated', 'There is no account of this name with this password.');
}

function passwordRefused(): CairnError {
  return new CairnError('invalid_input', 'current_password is not the password of your account.', {
    errors: [{ path: 'current_password', message: 'is not the password of your account' }],
  });
}

function sessionRefused(): CairnError {
  return new CairnError('unauthenticated', 'The refresh token is not valid: it was used, its session has ended, or it is none of ours. Log in again.');
}
