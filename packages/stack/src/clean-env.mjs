/** The environment of every server: nothing of the caller's shell (LC_*, PG*, proxies) may change how a server behaves. */
export const CLEAN_ENV = Object.freeze({ PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', TZ: 'UTC' });
