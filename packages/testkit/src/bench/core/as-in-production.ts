/** Settings of a measured system: as in production, and not as in the tests of recovery. */
export const AS_IN_PRODUCTION = { CAIRN_ENV: 'local', LEASE_MS: '30000', PROBE_CACHE_SEC: '10', LOG_LEVEL: 'info' };
