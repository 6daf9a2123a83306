import http from 'node:http';

/**
 * The status of a GET, or null when nothing answers in time. `connection: close`, because an idle kept-alive connection
 * makes Qdrant take seconds to stop.
 */
export function statusOf(url, timeoutMs = 1_000) {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: timeoutMs, headers: { connection: 'close' } }, (response) => {
      response.resume();
      response.once('close', () => resolve(response.statusCode));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(null));
  });
}
