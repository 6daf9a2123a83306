/** Runs an action for at most `limitMs`; false when it was not done by then. The timer never keeps a process alive. */
export async function settleWithin(limitMs: number, action: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([action().then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
