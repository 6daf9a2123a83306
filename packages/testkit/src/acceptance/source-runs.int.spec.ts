import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SourceRunsRepository } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { TestServer } from '../../../ingest/src/fixtures/serve.js';
import { serveGit } from '../../../ingest/src/fixtures/serve-git.js';
import { type MailServer, mailWith, serveMail } from '../../../ingest/src/fixtures/serve-mail.js';
import { type StoredObject, serveS3 } from '../../../ingest/src/fixtures/serve-s3.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { BareRepository } from './bare-repository.js';
import { type OperationReply, SourceClient, type SourceReply } from './source-client.js';

jest.setTimeout(120_000);

let system: TestSystem;
let server: TestServer;
let remote: BareRepository;
let guarded: TestServer;
let store: TestServer;
let mail: MailServer;
let objects: StoredObject[] = [];
const KEYS = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const TOKEN = 'hunter2-of-the-repository';
const ACCOUNT = { username: 'ada@example.com', password: 'hunter3-of-the-mail' };
const elsewhere = mkdtempSync(join(tmpdir(), 'cairn-remote-'));

beforeAll(async () => {
  remote = new BareRepository(join(elsewhere, 'remote.git'));
  server = await serveGit(remote.path);
  guarded = await serveGit(remote.path, { credentials: `x-access-token:${TOKEN}` });
  store = await serveS3({ objects: () => objects, keyId: KEYS.access_key_id, secret: KEYS.secret_access_key, pageSize: 2 });
  mail = await serveMail(ACCOUNT);
  system = await TestSystem.start({ env: { CAIRN_CRAWL_ALLOW: [server, guarded, store, mail].map(({ host }) => host).join(',') } });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await Promise.all([server, guarded, store, mail].map((one) => one?.close()));
  rmSync(elsewhere, { recursive: true, force: true });
});

const collection = () => SourceClient.create(system.client());
const logs = () =>
  readdirSync(system.folder)
    .flatMap((name) => (name.endsWith('.log') ? [readFileSync(join(system.folder, name), 'utf8')] : []))
    .join('');
/** Everything that the database holds, as text. */
const everything = async () => {
  const tables = await system.database.sql<{ name: string }>(`SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`);
  const rows = await Promise.all(tables.map(({ name }) => system.database.sql<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)));
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
};

describe('a repository as a source', () => {
  it('I3: that is local costs the files that a commit changed', async () => {
    const here = await collection();
    const repository = new BareRepository(join(system.sources, 'local.git'));
    repository.commit({ 'a.md': 'Bees dance to show where flowers are.', docs: { 'b.md': 'Copper melts at 1085 degrees.' }, 'c.bin': 'x' });
    const source = { source_type: 'git', source_path: repository.path, filters: { extensions: ['.md'] } };
    expect(await here.look(source)).toMatchObject({ status: 'completed', type: 'index', result: { found: 2, changed: 2, unchanged: 0 } });
    expect(await here.externalIds()).toEqual([`${repository.path}/a.md`, `${repository.path}/docs/b.md`]);
    const [kept] = (await here.documents()).filter(({ file_path }) => file_path === 'a.md');

    repository.commit({ 'a.md': 'Bees dance to show where flowers are.', docs: { 'b.md': 'Copper melts at 1084.6 degrees.' }, 'd.md': 'A lighthouse.' });
    expect(await here.look(source)).toMatchObject({ type: 'append', progress: { total: 2 }, result: { found: 3, changed: 2, unchanged: 1, removed: 0 } });
    expect((await here.documents()).find(({ id }) => id === kept?.id)).toEqual(kept);
    expect(await here.finds('at what temperature does copper melt')).toContain('1084.6');

    repository.commit({ 'a.md': 'Bees dance to show where flowers are.' });
    expect(await here.look(source)).toMatchObject({ progress: { total: 0 }, result: { found: 1, changed: 0, unchanged: 1, removed: 2 } });
    expect(await here.externalIds()).toEqual([`${repository.path}/a.md`]);
  });

  it('I3: that is remote is fetched once for each commit, and what was fetched goes with the source', async () => {
    const here = await collection();
    const first = remote.commit({ 'a.md': 'The keeper counts ships.', docs: { 'b.md': 'Rain is expected.' } });
    const source = { source_type: 'git', source_path: `${server.url}/remote.git`, source_config: { branch: 'main' } };
    expect(await here.look(source)).toMatchObject({ status: 'completed', result: { found: 2, changed: 2 } });
    expect(await here.externalIds()).toEqual([`${server.url}/remote.git/a.md`, `${server.url}/remote.git/docs/b.md`]);
    const fetches = () => server.requests.filter(({ method }) => method === 'POST').length;
    expect(fetches()).toBe(1);
    expect(await here.look(source)).toMatchObject({ result: { changed: 0, unchanged: 2 } });
    expect(fetches()).toBe(1);
    const second = remote.commit({ 'a.md': 'The keeper counts gulls.', docs: { 'b.md': 'Rain is expected.' } });
    expect(await here.look(source)).toMatchObject({ result: { changed: 1, unchanged: 1 } });
    expect(fetches()).toBe(2);

    const [added] = await here.sources();
    const folder = join(system.folder, 'source-work', here.api.person.org, String(added?.id));
    expect(readdirSync(folder).sort()).toEqual([`${first}.git`, `${second}.git`].sort());
    await here.ended((await here.api.ok<{ id: string }>('DELETE', `${here.path}/sources/${added?.id}`)).id);
    expect(existsSync(folder)).toBe(false);
    expect(await here.externalIds()).toEqual([]);
  });

  it('I3: that a tenant may not reach is refused before anything is stored', async () => {
    const here = await collection();
    for (const path of ['https://127.0.0.1/x.git', 'https://localhost/x.git', 'http://example.com/x.git', 'ssh://git@example.com/x.git', '/etc', elsewhere]) {
      const { status, body } = await here.post({ source_type: 'git', source_path: path });
      expect([path, status >= 400 && status < 500, body]).toEqual([path, true, expect.objectContaining({ detail: expect.any(String) })]);
    }
    expect(await here.sources()).toEqual([]);
  });

  it('I3: goes with its collection', async () => {
    const here = await collection();
    remote.commit({ 'a.md': 'one' });
    await here.look({ source_type: 'git', source_path: `${server.url}/remote.git` });
    const folder = join(system.folder, 'source-work', here.api.person.org);
    expect(readdirSync(folder)).toHaveLength(1);
    await here.api.ok('DELETE', here.path);
    await until('what was fetched to be gone', async () => readdirSync(folder).length === 0);
  });
});

describe('a mailbox as a source', () => {
  const inbox = (config: object = {}) => ({
    source_type: 'imap',
    source_path: '127.0.0.1',
    source_config: { port: mail.port, tls: false, ...ACCOUNT, ...config },
  });
  /** The numbers of the mails whose content was asked for since. */
  const readSince = (start: number) =>
    mail.commands.slice(start).flatMap((command) => {
      const [, uid] = /^UID FETCH (\d+) .*BODY(?:\.PEEK)?\[/.exec(command) ?? [];
      return uid === undefined ? [] : [Number(uid)];
    });

  it('I4: has its mails and what is attached to them found, reads no mail twice, and leaves them unread', async () => {
    const here = await collection();
    mail.deliver(mailWith({ subject: 'Bees', text: 'Bees dance to show where flowers are.' }));
    const points = { name: 'melting points.txt', type: 'text/plain', content: 'Copper melts at 1085 degrees.' };
    mail.deliver(mailWith({ subject: 'Metals', text: 'See what is attached.', files: [points] }));
    mail.deliver(mailWith({ subject: 'Weather', text: 'Rain is expected on Tuesday.' }));
    expect(await here.look(inbox())).toMatchObject({ status: 'completed', type: 'index', result: { found: 4, changed: 4 } });
    const place = '127.0.0.1/ada@example.com/INBOX/1';
    expect(await here.externalIds()).toEqual([`${place}/1.eml`, `${place}/2.eml`, `${place}/2/melting points.txt`, `${place}/3.eml`]);
    expect(await here.finds('at what temperature does copper melt')).toContain('1085');
    expect(await here.finds('how do bees show the way')).toContain('dance');
    expect(new Set(readSince(0))).toEqual(new Set([1, 2, 3]));

    const start = mail.commands.length;
    mail.deliver(mailWith({ subject: 'Harbour', text: 'The lighthouse keeper counts ships.' }));
    expect(await here.look(inbox())).toMatchObject({ type: 'append', progress: { total: 1 }, result: { found: 5, changed: 1, unchanged: 4, removed: 0 } });
    expect(new Set(readSince(start))).toEqual(new Set([4]));

    mail.mailbox().messages.splice(1, 1);
    expect(await here.look(inbox())).toMatchObject({ result: { found: 3, changed: 0, unchanged: 3, removed: 2 } });
    expect(await here.externalIds()).toEqual([`${place}/1.eml`, `${place}/3.eml`, `${place}/4.eml`]);
    expect(await here.finds('at what temperature does copper melt')).not.toContain('1085');
    expect(mail.mailbox().messages.map(({ flags }) => flags)).toEqual([[], [], []]);

    mail.mailbox().uidvalidity = 2;
    expect(await here.look(inbox())).toMatchObject({ result: { found: 3, changed: 3, removed: 3 } });
  });

  it('I4: keeps its password to itself, and fails in words', async () => {
    const here = await collection();
    expect(await here.look(inbox())).toMatchObject({ status: 'completed' });
    const [kept] = await here.sources();
    expect(kept).toMatchObject({ source_path: '127.0.0.1/ada@example.com/INBOX', config: { has_password: true } });
    const failed = await here.look(inbox({ password: 'wrong-password' }));
    expect(failed).toMatchObject({ status: 'failed', error_message: expect.stringContaining('was not let in') });
    expect(await here.look(inbox({ mailbox: 'Nothing' }))).toMatchObject({ status: 'failed', error_message: expect.stringContaining('"Nothing"') });
    const spoken = [JSON.stringify([kept, failed, await here.sources()]), logs(), await everything()];
    for (const secret of [ACCOUNT.password, 'wrong-password']) {
      const forms = [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
      for (const form of forms) expect(spoken.map((text) => text.includes(form))).toEqual([false, false, false]);
    }
  });

  it('I4: that a tenant may not reach is refused before anything is stored', async () => {
    const here = await collection();
    const wrong = [{ port: 993 }, { port: 993, tls: true }, { password: undefined }, { mailbox: '*' }];
    for (const config of wrong) {
      const { status, body } = await here.post(inbox(config));
      expect([config, status >= 400 && status < 500, body]).toEqual([config, true, expect.objectContaining({ detail: expect.any(String) })]);
    }
    expect(await here.sources()).toEqual([]);
  });
});

describe('a source that is looked through by the clock', () => {
  const folder = (name: string): string => {
    const path = join(system.sources, name);
    mkdirSync(path);
    return path;
  };
  const add = async (here: SourceClient, path: string) => {
    await here.look({ source_type: 'directory', source_path: path });
    const [source] = await here.sources();
    return { id: String(source?.id), path: `${here.path}/sources/${source?.id}` };
  };
  /** Lets the time pass until its next run. */
  /** Lets the time pass, once the run before has been told of: its end sets the clock. */
  const pass = (id: string) =>
    until('the source to be idle', async () => {
      const passed = await system.database.sql('UPDATE sources SET next_run_at = clock_timestamp() WHERE id = $1 AND run_id IS NULL RETURNING id', [id]);
      return passed.length > 0;
    });
  const settled = (here: SourceClient, path: string) =>
    until('the clock to be set', async () => {
      const source = await here.api.ok<SourceReply>('GET', path);
      return Date.parse(String(source.next_run_at)) > Date.now() && source;
    });

  it('I8: runs when it is due, once for all dispatchers, and not while it is paused', async () => {
    const here = await collection();
    const files = folder('clock');
    writeFileSync(join(files, 'a.md'), 'Bees dance.');
    const { id, path } = await add(here, files);
    const runs = () => here.api.ok<OperationReply[]>('GET', `${path}/runs`);
    expect(await runs()).toHaveLength(1);
    expect(await here.api.ok('GET', path)).toMatchObject({ sync: { every_minutes: null }, paused: false, next_run_at: null, last_error: null });
    expect(await here.api.ok('PATCH', path, { sync: { every_minutes: 60 } })).toMatchObject({ sync: { every_minutes: 60 }, next_run_at: expect.any(String) });
    const { next_run_at: next, last_run_at: last } = await settled(here, path);
    const minutes = (Date.parse(String(next)) - Date.parse(String(last))) / 60_000;
    expect([minutes >= 60, minutes < 67]).toEqual([true, true]);

    writeFileSync(join(files, 'b.md'), 'Copper melts.');
    const dispatch = await system.database.as('dispatch');
    await pass(id);
    await Promise.all(Array.from({ length: 8 }, () => new SourceRunsRepository(dispatch).begin(3)));
    const [run] = await until('the run', async () => (await runs()).length > 1 && (await runs()));
    expect(await here.ended(String(run?.id))).toMatchObject({
      type: 'append',
      status: 'completed',
      config: { scheduled: true },
      result: { found: 2 },
    });
    await settled(here, path);
    expect(await runs()).toHaveLength(2);
    expect((await here.externalIds()).length).toBe(2);

    await here.api.ok('PATCH', path, { paused: true });
    await pass(id);
    const asked = await here.api.ok<OperationReply>('POST', `${path}/sync`); // long enough for the clock to have looked many times
    expect(await here.ended(asked.id)).toMatchObject({ status: 'completed', result: { found: 2 } });
    expect((await runs()).map(({ config }) => config.scheduled ?? false)).toEqual([false, true, false]);
    expect(await here.api.ok('PATCH', path, { sync: { every_minutes: null }, paused: false })).toMatchObject({ paused: false, next_run_at: null });
  });

  it('I8: that fails says so, waits longer each time, and is as before when it works again', async () => {
    const here = await collection();
    const files = folder('vanishing');
    writeFileSync(join(files, 'a.md'), 'Bees dance.');
    const { id, path } = await add(here, files);
    await here.api.ok('PATCH', path, { sync: { every_minutes: 10 } });
    renameSync(files, `${files}.away`);
    const failAgain = async () => {
      await pass(id);
      const source = await settled(here, path);
      return (Date.parse(String(source.next_run_at)) - Date.now()) / 60_000;
    };
    const waits = [await failAgain(), await failAgain()];
    expect(waits).toEqual([expect.closeTo(20.5, 0), expect.closeTo(40.5, 0)]);
    expect(await here.api.ok('GET', path)).toMatchObject({ last_error: expect.stringContaining(files), document_count: 1 });
    renameSync(`${files}.away`, files);
    await here.ended((await here.api.ok<OperationReply>('POST', `${path}/sync`)).id);
    await until('the error to be over', async () => (await here.api.ok<SourceReply>('GET', path)).last_error === null);
  });

  it('I8: that inherits while it is paused is looked through when it is not any more', async () => {
    const here = await collection();
    const files = folder('heir');
    mkdirSync(join(files, 'sub'));
    writeFileSync(join(files, 'sub', 'a.md'), 'Bees dance.');
    const { path } = await add(here, files);
    await here.look({ source_type: 'directory', source_path: join(files, 'sub') });
    rmSync(join(files, 'sub'), { recursive: true });
    await here.api.ok('PATCH', path, { paused: true });
    await here.ended((await here.api.ok<OperationReply>('DELETE', `${here.path}/sources?source_path=${encodeURIComponent(join(files, 'sub'))}`)).id);
    expect(await here.externalIds()).toEqual([join(files, 'sub', 'a.md')]);
    await here.api.ok('PATCH', path, { paused: false });
    await until('what is not there any more to be gone', async () => (await here.externalIds()).length === 0);
  });

  it('I8: that inherits while it is looked through is looked through once more', async () => {
    const here = await collection();
    const { id, path } = await add(here, folder('busy-heir'));
    await system.database.sql(
      `UPDATE sources s SET run_id = o.id, last_run_at = clock_timestamp() - interval '1 second', next_run_at = clock_timestamp() FROM operations o
        WHERE s.id = $1 AND o.org_id = s.org_id AND o.source_id = s.id`,
      [id],
    );
    const runs = await until('another run', async () => {
      const all = await here.api.ok<OperationReply[]>('GET', `${path}/runs`);
      return all.length > 1 && all;
    });
    await here.ended(String(runs[0]?.id));
    await until('its end to be told of', async () => (await here.api.ok<SourceReply>('GET', path)).next_run_at === null);
    expect(await here.api.ok('GET', `${path}/runs`)).toHaveLength(2);
  });

  it('I8: is looked through by one run at a time, and by those only who may write', async () => {
    const here = await collection();
    const files = folder('one-at-a-time');
    writeFileSync(join(files, 'first.md'), 'one note');
    const { path } = await add(here, files);
    for (let at = 0; at < 30; at++) writeFileSync(join(files, `${at}.md`), `note ${at}`);
    const answers = await Promise.all(Array.from({ length: 5 }, () => here.api.call('POST', `${path}/sync`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
    const stranger = system.client();
    for (const [method, route] of [
      ['GET', path],
      ['PATCH', path],
      ['POST', `${path}/sync`],
      ['GET', `${path}/runs`],
    ] as const)
      expect([method, (await stranger.call(method, route, method === 'PATCH' ? { paused: true } : undefined)).status]).toEqual([method, 404]);
    for (const every_minutes of [0, 1.5, 525_601, 'often'])
      expect([every_minutes, (await here.api.call('PATCH', path, { sync: { every_minutes } })).status]).toEqual([every_minutes, 422]);
  });
});

describe('secrets of a source', () => {
  it('I6: a token is encrypted where it is kept, used for every run, and shown to nobody', async () => {
    const here = await collection();
    remote.commit({ 'a.md': 'Rain is expected.' });
    const source = { source_type: 'git', source_path: `${guarded.url}/remote.git` };
    expect(await here.look(source)).toMatchObject({ status: 'failed', error_message: expect.stringContaining('needs a token') });
    const secret = { ...source, source_config: { token: TOKEN } };
    expect(await here.look(secret)).toMatchObject({ status: 'completed', result: { found: 1, changed: 1 } });
    const [kept] = await here.sources();
    const path = `${here.path}/sources/${kept?.id}`;
    const answers = [await here.api.ok('GET', path), await here.api.ok('GET', here.path), await here.api.ok('GET', `${path}/runs`)];
    expect(answers[0]).toMatchObject({ config: { has_token: true, source: { repository: source.source_path } } });
    const again = await here.ended((await here.api.ok<OperationReply>('POST', `${path}/sync`)).id);
    expect(again).toMatchObject({ status: 'completed', result: { unchanged: 1 } });
    const [row] = await system.database.sql<{ secrets: Buffer }>('SELECT secrets FROM sources WHERE id = $1', [kept?.id]);
    expect(row?.secrets.length).toBeGreaterThan(TOKEN.length);
    const spoken = [JSON.stringify([answers, again]), logs(), await everything(), row?.secrets.toString('latin1') as string];
    const forms = [TOKEN, Buffer.from(TOKEN).toString('hex'), Buffer.from(TOKEN).toString('base64').replace(/=+$/, '')];
    for (const form of forms) expect(spoken.map((text) => text.includes(form))).toEqual([false, false, false, false]);

    expect(await here.look(source)).toMatchObject({ status: 'failed', error_message: expect.stringContaining('needs a token') });
    expect(await here.api.ok('GET', path)).toMatchObject({ config: { has_token: false } });
  });

  it('I6: that were kept for another source, or with a key that is gone, are refused in words', async () => {
    const [here, there] = [await collection(), await collection()];
    const source = { source_type: 'git', source_path: `${guarded.url}/remote.git`, source_config: { token: TOKEN } };
    await here.look(source);
    await there.look(source);
    await system.database.sql('UPDATE sources SET secrets = (SELECT secrets FROM sources WHERE collection_id = $1) WHERE collection_id = $2', [
      here.id,
      there.id,
    ]);
    const [moved] = await there.sources();
    const run = await there.ended((await there.api.ok<OperationReply>('POST', `${there.path}/sources/${moved?.id}/sync`)).id);
    expect(run).toMatchObject({ status: 'failed', error_message: expect.stringContaining('can no longer be read') });
    expect(await there.look(source)).toMatchObject({ status: 'completed' });
  });

  it('I3 I6: a bucket is read with its keys, and named with its folder', async () => {
    const here = await collection();
    objects = [
      { key: 'docs/a.md', content: 'Bees dance.' },
      { key: 'docs/sub/b.md', content: 'Copper melts.' },
      { key: 'other/c.md', content: 'no' },
    ];
    const bucket = { source_type: 's3', source_path: 'things', source_config: { endpoint: store.url, prefix: '/docs/', ...KEYS } };
    expect(await here.look(bucket)).toMatchObject({ status: 'completed', result: { found: 2, changed: 2 } });
    expect(await here.externalIds()).toEqual(['things/docs/a.md', 'things/docs/sub/b.md']);
    objects = [
      { key: 'docs/a.md', content: 'Bees dance.' },
      { key: 'docs/sub/b.md', content: 'Copper melts at 1085 degrees.' },
    ];
    expect(await here.look(bucket)).toMatchObject({ type: 'append', result: { changed: 1, unchanged: 1 } });
    const [kept] = await here.sources();
    expect(kept).toMatchObject({ source_path: 'things/docs', config: { has_secret_access_key: true, has_session_token: false } });
    expect(JSON.stringify(kept) + logs()).not.toContain(KEYS.secret_access_key);
  });
});

describe('what a source would give', () => {
  interface Preview {
    valid: boolean;
    reason?: string;
    files: number;
    extensions: { extension: string; files: number }[];
    items: { path: string }[];
    notes: { reason: string; count: number }[];
  }
  const preview = (here: SourceClient, source: object) => here.api.ok<Preview>('POST', '/api/v2/sources/preview', source);

  it('I16: is counted as it is indexed later', async () => {
    const here = await collection();
    const path = join(system.sources, 'previewed');
    mkdirSync(join(path, 'sub', '.hidden'), { recursive: true });
    for (const [name, text] of [
      ['a.md', 'Bees'],
      ['b.txt', 'Copper'],
      ['sub/c.md', 'Rain'],
      ['d.bin', 'x'],
      ['sub/.hidden/e.md', 'x'],
    ] as const)
      writeFileSync(join(path, name), text);
    const source = { source_type: 'directory', source_path: path, filters: { extensions: ['.md', '.txt'] } };
    const counted = await preview(here, { ...source, limit: 2 });
    expect(counted).toMatchObject({ valid: true, files: 3, bytes: 14, notes: [{ reason: 'hidden', count: 1, paths: ['sub/.hidden'] }] });
    expect(counted.extensions).toEqual([
      { extension: 'md', files: 2, bytes: 8 },
      { extension: 'txt', files: 1, bytes: 6 },
    ]);
    expect(counted.items.map((item) => item.path)).toEqual(['a.md', 'b.txt']);
    expect(await here.sources()).toEqual([]);
    expect(await here.look(source)).toMatchObject({ result: { found: counted.files } });
  });

  it('I7: is valid, or says in a sentence why not, and never shows a secret', async () => {
    const here = await collection();
    remote.commit({ 'a.md': 'one', 'b.md': 'two' });
    const git = { source_type: 'git', source_path: `${guarded.url}/remote.git` };
    expect(await preview(here, { ...git, source_config: { token: TOKEN } })).toMatchObject({ valid: true, files: 2 });
    const wrong = [
      git,
      { ...git, source_config: { token: 'wrong-token' } },
      { source_type: 'url', source_path: `${server.url}/nothing-here` },
      { source_type: 'url', source_path: 'http://169.254.169.254/latest' },
      { source_type: 'directory', source_path: '/etc' },
      { source_type: 'directory', source_path: join(system.sources, 'not-there') },
      { source_type: 's3', source_path: 'things', source_config: { endpoint: store.url, ...KEYS, secret_access_key: 'wrong-token' } },
      { source_type: 'imap', source_path: '127.0.0.1', source_config: { port: mail.port, tls: false, ...ACCOUNT, password: 'wrong-token' } },
      { source_type: 'imap', source_path: 'imap.invalid', source_config: ACCOUNT },
      { source_type: 'git' },
    ];
    for (const source of wrong) {
      const answer = await preview(here, source);
      expect([source, answer]).toEqual([source, { valid: false, reason: expect.stringMatching(/\w+ \w+/) }]);
      expect(answer.reason).not.toContain('wrong-token');
    }
  });

  it('I7: the kinds of sources are listed with their fields', async () => {
    const here = await collection();
    const { source_types: types } = await here.api.ok<{ source_types: { type: string; source_path: string; fields: { name: string }[] }[] }>(
      'GET',
      '/api/v2/source-types',
    );
    expect(types.map(({ type }) => type)).toEqual(['directory', 'file', 'url', 'git', 's3', 'imap']);
    const git = types.find(({ type }) => type === 'git');
    expect(git?.source_path).toBe('repository');
    expect(git?.fields).toContainEqual({ name: 'token', description: expect.any(String), required: false, secret: true, default: null });
    expect(git?.fields).toContainEqual({ name: 'repository', description: expect.any(String), required: true, secret: false, default: null });
    expect(git?.fields).toContainEqual({ name: 'depth', description: expect.any(String), required: false, secret: false, default: 1 });
  });
});
