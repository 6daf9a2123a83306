// For HEALTHCHECK: exits 0 when this container's service answers 200 at the path, 1 when not.
//   node deploy/healthcheck.mjs /healthz                is the process alive?
//   node deploy/healthcheck.mjs '/readyz?for=traffic'   may it be sent requests?
const { PORT = '8000' } = process.env;
const url = `http://127.0.0.1:${PORT}${process.argv[2] ?? '/healthz'}`;

fetch(url, { signal: AbortSignal.timeout(2_500), headers: { connection: 'close' } }).then(
  (answer) => process.exit(answer.ok ? 0 : 1),
  () => process.exit(1),
);
