let flush: (() => Promise<void>) | undefined;

/** Set by the preload when tracing is on. */
export function onFlush(action: () => Promise<void>): void {
  flush = action;
}

/** Sends what is left of the traces; called once, before the process ends. */
export async function flushTraces(): Promise<void> {
  await flush?.();
}
