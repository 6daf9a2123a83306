import { type Authenticator, assertAllowed, CairnError, type Permission, type Principal, type RateLimiter } from '@cairn/common';

/** What a stream asks of who reads it, as its route says. */
export type StreamPermission = Exclude<Permission, 'public'>;

const RECHECK_MS = 4_000;

/** Watches whether a caller may still read: access ends with the token, and within seconds of a key's revocation. */
export class StreamAccess {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limiter: RateLimiter,
  ) {}

  /** For connections that do not pass the guard. */
  async open(token: string | undefined, permission: StreamPermission): Promise<Principal> {
    const principal = await this.authenticator.authenticate(token);
    const verdict = this.limiter.ofCaller(principal.scope, 'reads');
    if (verdict?.refusal) throw verdict.refusal;
    assertAllowed(principal, permission);
    return principal;
  }

  /** Aborts the controller when the credentials no longer hold; answers how to stop watching. */
  watch(token: string, permission: StreamPermission, stream: AbortController): () => void {
    const timer = setInterval(() => {
      this.mayStillRead(token, permission).catch((error: unknown) => {
        if (error instanceof CairnError && error.status < 500) stream.abort(error);
      });
    }, RECHECK_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  private async mayStillRead(token: string, permission: StreamPermission): Promise<void> {
    const principal = await this.authenticator.authenticate(token);
    assertAllowed(principal, permission);
  }
}
