import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bugs = JSON.parse(readFileSync(new URL('./planted-bugs.json', import.meta.url), 'utf8'));
const bug = bugs.find(({ name }) => name === process.env.CAIRN_PLANT);
if (!bug) throw new Error(`CAIRN_PLANT: there is no planted bug "${process.env.CAIRN_PLANT}"`);
const edits = [bug, ...(bug.and ?? [])];

/** Replaces the text of the bug in its file. A text that is no longer there means that the bug needs to be written anew. */
export async function load(url, context, nextLoad) {
  const edit = url.startsWith('file:') && edits.find(({ file }) => url.endsWith(`/${file}`));
  if (!edit) return nextLoad(url, context);
  const source = readFileSync(fileURLToPath(url), 'utf8');
  if (!source.includes(edit.find)) throw new Error(`planted bug ${bug.name}: ${edit.file} no longer holds ${JSON.stringify(edit.find)}`);
  if (process.env.CAIRN_PLANT_LOG) appendFileSync(process.env.CAIRN_PLANT_LOG, `${bug.name} ${edit.file} ${process.pid}\n`);
  return { format: 'module', source: source.replaceAll(edit.find, edit.replace), shortCircuit: true };
}
