import fs from 'node:fs';
import path from 'node:path';
import { writePrivately } from '../packages/stack/src/index.mjs';

/**
 * `<home>/run.json`: a running local system describes itself to tools. It exists from "everything is ready" to a clean
 * stop, and its pids follow every restart.
 */
export class RunFile {
  #file;
  #facts = null;

  constructor(home) {
    this.#file = runFileOf(home);
  }

  write(facts) {
    this.#facts = facts;
    this.#save();
  }

  /** Notes the pid of a process that was started again; does nothing before the first `write`. */
  setPid(name, pid) {
    if (!this.#facts) return;
    this.#facts = { ...this.#facts, pids: { ...this.#facts.pids, [name]: pid } };
    this.#save();
  }

  remove() {
    this.#facts = null;
    fs.rmSync(this.#file, { force: true });
  }

  #save() {
    writePrivately(this.#file, `${JSON.stringify(this.#facts, null, 2)}\n`);
  }
}

export function runFileOf(home) {
  return path.join(home, 'run.json');
}

/** The content of run.json, or null when nothing runs (or did not stop cleanly and left nothing). */
export function readRunFile(home) {
  try {
    return JSON.parse(fs.readFileSync(runFileOf(home), 'utf8'));
  } catch {
    return null;
  }
}
