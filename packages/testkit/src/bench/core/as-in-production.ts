/** Settings of a measured system: as in production, and not as in the tests of recovery. */
export const AS_IN_PRODUCTION = {
  CAIRN_ENV: 'local',
  LEASE_MS: '30000',
  SWEEP_MS: '5000',
  DISPATCH_POLL_MS: '1000',
  RE_RING_MS: '30000',
  COLLECT_MS: '5000',
  TIDY_MS: '300000',
  RECONCILE_MS: '5000',
  RECONCILE_FULL_MS: '600000',
  PROBE_CACHE_SEC: '10',
  LOG_LEVEL: 'info',
};
