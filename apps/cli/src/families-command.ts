import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { CairnClient } from '@cairn/client';
import { UsageError } from './connection.js';

export const FAMILIES_USAGE = 'families list|show|create|delete';

const USAGE = `cairn families <command>

  list                             families, and the collections that they have
  show <name>                      one of them, with its route
  create <name> <collection…>      collections by name, alias or id
         [--route <field>]         the field of metadata that tells them apart; what is where is learnt,
         [--values <file.json>]    or said in a file: {"Invoice": ["c_fin"]}, or [{"value": 5, "collections": ["c_fin"]}]
         [--open]                  with --values: other values may be in any of them
  delete <name>                    a family; its collections stay
`;

const OPTIONS = { route: { type: 'string' }, values: { type: 'string' }, open: { type: 'boolean' } } as const;

type Options = ReturnType<typeof parse>['values'];
type Verb = (client: CairnClient, words: string[], options: Options) => Promise<string>;

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]}\n\n${USAGE}`);
  }
}

/** Families of collections: lists, shows, makes and deletes them. */
export async function families(client: CairnClient, args: string[]): Promise<string> {
  const { values: options, positionals } = parse(args);
  const [name = 'help', ...words] = positionals;
  const verb = VERBS[name];
  if (name === 'help') return USAGE.trimEnd();
  if (verb === undefined) throw new UsageError(`There is no command "families ${name}".\n\n${USAGE}`);
  return verb(client, words, options);
}

const list: Verb = async (client) => {
  const { families: all } = await client.call('GET /api/v2/families', {});
  return all.map(({ name, collections }) => `${name}  ${collections.map((collection) => collection.name).join(', ')}`).join('\n') || 'no families yet';
};

const show: Verb = async (client, words) => {
  return JSON.stringify(await client.call('GET /api/v2/families/{name}', { path: { name: only(words, 'show <name>') } }), null, 2);
};

const create: Verb = async (client, [name, ...collections], { route: field, values, open }) => {
  if (name === undefined || collections.length === 0) throw new UsageError('Usage: cairn families create <name> <collection…>');
  if (field === undefined && (values !== undefined || open)) throw new UsageError('--values and --open are of a route: say its field with --route.');
  const route =
    field === undefined ? {} : { route: { field, ...(values === undefined ? {} : { values: readValues(values) }), ...(open ? { complete: false } : {}) } };
  await client.call('POST /api/v2/families', { body: { name, collections, ...route } });
  return `${name} is made.`;
};

const remove: Verb = async (client, words) => {
  const name = only(words, 'delete <name>');
  await client.call('DELETE /api/v2/families/{name}', { path: { name } });
  return `${name} is deleted; its collections stay.`;
};

const VERBS: Record<string, Verb> = { list, show, create, delete: remove };

function only([word, ...more]: string[], usage: string): string {
  if (word === undefined || more.length > 0) throw new UsageError(`Usage: cairn families ${usage}`);
  return word;
}

function readValues(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
}
