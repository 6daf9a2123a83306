import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bugs = JSON.parse(readFileSync(new URL('./planted-bugs.json', import.meta.url), 'utf8'));
const bug = bugs.find(({ name }) => name === process.env.CAIRN_PLANT);
if (!bug) throw new Error(`CAIRN_PLANT: there is no planted bug "${process.env.CAIRN_PLANT}"`);

/** Replaces the text of the bug in its file. A text that is no longer there means that the bug needs to be written anew. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith(bug.file)) return nextLoad(url, context);
  const source = readFileSync(fileURLToPath(url), 'utf8');
  if (!source.includes(bug.find)) throw new Error(`planted bug ${bug.name}: ${bug.file} no longer holds ${JSON.stringify(bug.find)}`);
  return { format: 'module', source: source.replaceAll(bug.find, bug.replace), shortCircuit: true };
}
