import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ApiClient, devToken } from './api-client.js';

const CLI = fileURLToPath(new URL('../../../../apps/cli/bin/cairn.mjs', import.meta.url));

/** Runs `cairn` as somebody would who has the client's rights; what is typed into it ends with the input. */
export function cairn(client: ApiClient, args: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, CAIRN_URL: client.baseUrl, CAIRN_API_KEY: devToken(client.person) };
  return new Promise((resolve) => {
    const started = execFile(process.execPath, [CLI, ...args], { env, maxBuffer: 2 ** 28 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
    started.stdin?.end(input);
  });
}
