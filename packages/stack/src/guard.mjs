import { spawn } from 'node:child_process';

// Reads orders from the launcher's pipe. When the pipe closes, the launcher is gone, by whatever way: stop what it left.
const SCRIPT = `
trap "" INT TERM HUP
list="" folder=""
while read -r order pid signal; do
  case "$order" in
    watch) list="$list $pid:\${signal#SIG}" ;;
    forget) kept=""; for entry in $list; do [ "\${entry%%:*}" = "$pid" ] || kept="$kept $entry"; done; list="$kept" ;;
    remove) folder="$pid\${signal:+ $signal}" ;;
    keep) folder="" ;;
  esac
done
signal_all() { for entry in $list; do kill -s "\${1:-\${entry##*:}}" "\${entry%%:*}"; done 2>/dev/null; }
any_alive() { for entry in $list; do kill -s 0 "\${entry%%:*}" 2>/dev/null && return 0; done; return 1; }
await_end() { tries=$1; while any_alive && [ "$tries" -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done; }
signal_all CONT
signal_all ""
await_end 40
signal_all QUIT
await_end 10
signal_all KILL
[ -z "$folder" ] || rm -rf -- "$folder"
`;

/**
 * A small process that outlives us by a moment: it stops every watched process when this process ends, also by kill -9.
 * One guard can watch servers and services alike.
 */
export class Guard {
  #child = null;
  #watched = new Map();
  #folder = null;
  #closed = false;

  /** Resolves when the guard has been told; only then may the process start to work. */
  watch(pid, stopSignal) {
    this.#watched.set(pid, stopSignal);
    return this.#tell(`watch ${pid} ${stopSignal}`);
  }

  forget(pid) {
    this.#watched.delete(pid);
    return this.#tell(`forget ${pid}`);
  }

  /** Also removes this folder when the launcher dies. */
  removeAtDeath(folder) {
    this.#folder = folder;
    return this.#tell(`remove ${folder}`);
  }

  /** Ends the guard. It stops what it still watches, for nobody would do so later. */
  async close() {
    this.#closed = true;
    if (!this.#child) return;
    await this.#tell('keep');
    this.#child.stdin.end();
    this.#child = null;
  }

  #tell(line) {
    const { stdin } = this.#running();
    return new Promise((resolve) => stdin.write(`${line}\n`, () => resolve()));
  }

  #running() {
    if (!this.#child) this.#child = this.#spawn();
    return this.#child;
  }

  #spawn() {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'cairn-guard'], { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    child.once('exit', () => this.#replace(child));
    child.once('error', () => {});
    child.stdin.on('error', () => {}); // a guard that was killed: its exit event brings the next one
    child.unref();
    child.stdin.unref?.();
    return child;
  }

  #replace(child) {
    if (this.#closed || this.#child !== child) return;
    this.#child = this.#spawn();
    for (const [pid, signal] of this.#watched) this.#child.stdin.write(`watch ${pid} ${signal}\n`);
    if (this.#folder) this.#child.stdin.write(`remove ${this.#folder}\n`);
  }
}
