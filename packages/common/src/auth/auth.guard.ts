import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../collections/access.js';
import { CairnError } from '../errors/catalogue.js';
import { applyRate } from '../rates/rate-headers.js';
import { RateLimiter } from '../rates/rate-limiter.js';
import { endpointOf } from '../shell/endpoints/endpoint.decorator.js';
import { rateClassOf } from '../shell/endpoints/rate-class.js';
import { currentContext } from '../shell/http/request-context.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { Authenticator } from './authenticator.js';
import type { Principal } from './principal.js';
import { assertAllowed } from './rights.js';
import { refused } from './token-verifier.js';

const PRINCIPAL = Symbol('principal');

type Authenticated = FastifyRequest & { [PRINCIPAL]?: Principal };

/** Whose credentials a request came with, also where the guard did not let it pass; undefined when they were not good, or not asked for. */
export function principalIfKnown(request: FastifyRequest): Principal | undefined {
  return (request as Authenticated)[PRINCIPAL];
}

/** The caller of a request that passed the guard. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principalIfKnown(request);
  if (!principal) throw refused();
  return principal;
}

/** The token of `Authorization: Bearer …`. Credentials in the query string are refused: addresses end up in logs. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(header ?? '')?.[1];
}

/** Lets a request pass when its credentials are good, reach as far as the endpoint says, and there were not too many. The one maker of scopes for requests. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(RateLimiter) private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const endpoint = endpointOf(context.getHandler());
    if (!endpoint) throw new CairnError('forbidden', 'This address says nothing about who may use it.');
    const [request, reply] = [context.getArgByIndex<Authenticated>(0), context.getArgByIndex<FastifyReply>(1)];
    if (endpoint.permission === 'public') {
      if (endpoint.rate) applyRate(reply, this.limiter.ofAddress(request.ip, endpoint.rate));
      return true;
    }
    const principal = await this.authenticator.authenticate(bearerOf(request.headers.authorization));
    request[PRINCIPAL] = principal;
    const known = currentContext();
    if (known) Object.assign(known, { orgId: principal.scope.orgId, actor: principal.scope.actor });
    applyRate(reply, this.limiter.ofCaller(principal.scope, rateClassOf(endpoint)));
    assertAllowed(principal, endpoint.permission);
    return true;
  }
}

/** Whose collections the caller reaches. */
export function accessOf({ scope, userId, collections }: Principal): Access {
  return { scope, userId, collections };
}

/** What the caller reaches of the organisation's collections. */
export const CallerAccess = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Access => accessOf(principalOf(context.switchToHttp().getRequest())),
);

/** The scope of the caller. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): TenantScope => principalOf(context.switchToHttp().getRequest()).scope);
