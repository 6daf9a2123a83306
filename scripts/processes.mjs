import { spawn } from 'node:child_process';

/** Runs node with these arguments to its end, with the terminal passed on, and resolves with the exit code. */
export function runNode(args, { cwd, env = process.env } = {}) {
  return finish(spawn(process.execPath, args, { cwd, env, stdio: 'inherit' })).then(({ code }) => code);
}

/**
 * Runs node quietly: resolves with `{ code, output, stdout }`, output being both streams as they came. `signal` ends it
 * early, and then this rejects.
 */
export async function captureNode(args, { cwd, env = process.env, signal, timeoutMs } = {}) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal, timeout: timeoutMs });
  const parts = { output: '', stdout: '' };
  child.stderr.setEncoding('utf8').on('data', (text) => {
    parts.output += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text) => {
    parts.output += text;
    parts.stdout += text;
  });
  return { ...(await finish(child)), ...parts };
}

function finish(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? 128, signal }));
  });
}
