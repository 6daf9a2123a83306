import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known about the request (or job) whose code is running; log lines carry it. */
export interface RequestContext {
  correlationId: string;
  /** Set by the auth guard. */
  orgId?: string;
  /** Set by the auth guard: `user:<id>` or `key:<id>`. */
  actor?: string;
  /** Set by the worker loop. */
  jobId?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The context of the code that asks, or undefined outside any request. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `action` within a context: the shell does it per request, the worker loop per job. */
export function runInContext<T>(context: RequestContext, action: () => T): T {
  return storage.run(context, action);
}
