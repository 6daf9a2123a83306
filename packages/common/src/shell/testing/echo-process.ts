import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Environ } from '../../config/read-variable.js';

const dist = (path: string) => fileURLToPath(new URL(`../../../dist/${path}`, import.meta.url));

export interface EchoProcess {
  child: ChildProcess;
  lines: Record<string, unknown>[];
  /** Everything on stderr so far. */
  stderr: () => string;
  /** The first log line with this text, waited for. */
  line: (msg: string) => Promise<Record<string, unknown>>;
  exited: Promise<number | null>;
}

/** Starts the built echo service as `node --import preload main`, as services are started. */
export function spawnEcho(env: Environ): EchoProcess {
  const child = spawn(process.execPath, ['--import', dist('telemetry/preload.js'), dist('shell/testing/echo.main.js')], {
    env: { PATH: process.env.PATH, CAIRN_ENV: 'test', CAIRN_SERVICE: 'echo', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (data: string) => {
    const parts = (rest + data).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((part) => JSON.parse(part) as Record<string, unknown>));
    child.emit('line');
  });
  child.stderr?.setEncoding('utf8').on('data', (data: string) => {
    stderr += data;
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const line = async (msg: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = lines.find((entry) => entry.msg === msg);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode} before "${msg}"; stderr: ${stderr}`);
      await Promise.race([once(child, 'line'), exited]);
    }
  };
  return { child, lines, stderr: () => stderr, line, exited };
}

export async function urlOf(echo: EchoProcess): Promise<string> {
  return (await echo.line('service is ready')).url as string;
}
