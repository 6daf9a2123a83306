import type { DeviceLock, HeldDevice } from '@cairn/common/contracts';

/**
 * Two locks as one: the second is asked for once the first is held, and given back before it. Everybody must name them in the same order (the machine's
 * own first), or two processes could wait for each other.
 */
export function bothLocks(first: DeviceLock, second: DeviceLock): DeviceLock {
  return {
    async acquire(claim) {
      const until = performance.now() + claim.waitMs;
      const outer = await first.acquire(claim);
      try {
        return together(outer, await second.acquire({ ...claim, waitMs: Math.max(0, until - performance.now()) }));
      } catch (error) {
        await outer.release();
        throw error;
      }
    },
  };
}

function together(outer: HeldDevice, inner: HeldDevice): HeldDevice {
  return {
    device: inner.device,
    fence: inner.fence,
    async check() {
      await outer.check();
      await inner.check();
    },
    async release() {
      await inner.release();
      await outer.release();
    },
  };
}
