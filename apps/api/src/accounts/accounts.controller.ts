import { Authenticator, bearerOf, Endpoint, FromBody, principalOf, READ_COLLECTION } from '@cairn/common';
import { Controller, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AcceptInvitationDto, ChangePasswordDto, LoginDto, LogoutDto, RefreshDto, RegisterDto } from './accounts.dto.js';
import { ME_ANSWER, REGISTERED_ANSWER, TOKENS_ANSWER } from './accounts.schema.js';
import { AccountsService } from './accounts.service.js';

const TAG = 'Accounts';

// No Idempotency-Key anywhere: the answers hold credentials, which are kept nowhere.
@Controller()
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly authenticator: Authenticator,
  ) {}

  @Endpoint('POST /api/auth/register', {
    summary: 'Make an account, and a new organisation that it owns.',
    permission: 'public',
    unknownFields: 'refuse',
    rate: 'logins',
    answers: { 201: REGISTERED_ANSWER },
    errors: ['forbidden', 'conflict', 'not_found'],
    tag: TAG,
  })
  register(@FromBody() dto: RegisterDto) {
    return this.accounts.register(dto);
  }

  @Endpoint('POST /api/auth/login', {
    summary: 'Log in with the password of an account.',
    description: 'A wrong password and an unknown name get the same answer. Too many wrong ones are 429 for a while, for the account and for the address.',
    permission: 'public',
    unknownFields: 'refuse',
    rate: 'logins',
    answers: { 200: TOKENS_ANSWER },
    errors: ['unauthenticated', 'not_found'],
    tag: TAG,
  })
  login(@FromBody() dto: LoginDto) {
    return this.accounts.login(dto);
  }

  @Endpoint('POST /api/auth/refresh', {
    summary: 'Get the next access token of a session, and its next refresh token.',
    description: 'A refresh token is good once. One that comes again ends its session: it is in two hands.',
    permission: 'public',
    unknownFields: 'refuse',
    rate: 'logins',
    answers: { 200: TOKENS_ANSWER },
    errors: ['unauthenticated', 'not_found'],
    tag: TAG,
  })
  refresh(@FromBody() { refresh_token }: RefreshDto) {
    return this.accounts.refresh(refresh_token);
  }

  @Endpoint('POST /api/auth/logout', {
    summary: 'End a session, by a refresh token or the access token of it.',
    description: 'Its refresh tokens are good for nothing from the answer on, its access tokens after 3 seconds at most.',
    permission: 'public',
    unknownFields: 'refuse',
    rate: 'logins',
    answers: { 204: 'The session has ended.' },
    errors: ['unauthenticated', 'bad_request'],
    tag: TAG,
  })
  async logout(@FromBody() { refresh_token }: LogoutDto, @Req() request: FastifyRequest): Promise<void> {
    await this.accounts.logout(refresh_token, () => this.authenticator.authenticate(bearerOf(request.headers.authorization)));
  }

  @Endpoint('POST /api/auth/password', {
    summary: 'Change the password of your account.',
    description:
      'Asked with an access token of the account, whose session goes on. All its other sessions end. Tries count as wrong passwords do at a login, also right ones.',
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    rate: 'logins',
    answers: { 204: 'The new password is good, and the old one is not.' },
    errors: ['bad_request', 'not_found'],
    tag: TAG,
  })
  async changePassword(@FromBody() dto: ChangePasswordDto, @Req() request: FastifyRequest): Promise<void> {
    await this.accounts.changePassword(principalOf(request), dto);
  }

  @Endpoint('POST /api/auth/invitations/accept', {
    summary: 'Make the account that an admin invited you to make.',
    permission: 'public',
    unknownFields: 'refuse',
    rate: 'logins',
    answers: { 201: REGISTERED_ANSWER },
    errors: ['unauthenticated', 'conflict', 'not_found'],
    tag: TAG,
  })
  accept(@FromBody() dto: AcceptInvitationDto) {
    return this.accounts.accept(dto);
  }

  @Endpoint('GET /api/auth/me', {
    summary: 'Who you are here, and what you may do.',
    permission: READ_COLLECTION,
    answers: { 200: ME_ANSWER },
    tag: TAG,
  })
  me(@Req() request: FastifyRequest) {
    return this.accounts.me(principalOf(request));
  }
}
