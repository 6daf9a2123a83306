/** The same address with another database. */
export function withDatabase(url, database) {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.toString();
}

/** The same address with another user and password. */
export function withUser(url, user, password) {
  const changed = new URL(url);
  changed.username = encodeURIComponent(user);
  changed.password = encodeURIComponent(password);
  return changed.toString();
}

/** The database an address names; the server's own `postgres` counts as none. */
export function databaseOf(url) {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  return name === 'postgres' ? '' : name;
}

/** For printing: the address without its password. */
export function withoutPassword(url) {
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.toString();
}

/** All addresses of `prepareDatabase` or of a stack, turned to another database of the same server (as a test suite's own). */
export function urlsForDatabase(urls, database) {
  const names = ['superUrl', 'ownerUrl', 'appUrl', 'workerUrl', 'dispatchUrl'].filter((name) => urls[name]);
  return Object.fromEntries(names.map((name) => [name, withDatabase(urls[name], database)]));
}
