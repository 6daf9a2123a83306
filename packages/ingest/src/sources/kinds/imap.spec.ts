import { buffer, text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type MailServer, mailWith, serveLines, serveMail } from '../../fixtures/serve-mail.js';
import { WebClient } from '../../web/web-client.js';
import type { WebLimits } from '../../web/web-limits.js';
import { previewSource } from '../preview/preview-source.js';
import { readSource } from '../registry.js';
import type { SourceItem, SourceLimits, SourceNote, SourceRules } from '../source.js';
import { SOURCE_LIMITS } from '../source-limits.js';

const ACCOUNT = { username: 'ada@example.com', password: 'hunter2-of-the-mail' };
let server: MailServer;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  server = await serveMail(ACCOUNT);
  closing.push(server.close);
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

function rulesFor(hosts: string[], limits: Partial<WebLimits> = {}, more: Partial<SourceLimits> = {}): SourceRules {
  const web = new WebClient({ allow: hosts, limits });
  closing.push(() => web.close());
  return { roots: [], web, limits: { ...SOURCE_LIMITS, ...more } };
}

const sourceAt = (port: number, config: object = {}) => readSource({ type: 'imap', config: { host: '127.0.0.1', port, tls: false, ...ACCOUNT, ...config } });

interface Listed {
  items: SourceItem[];
  paths: string[];
  notes: string[];
  /** With the config of the list, as a run does. */
  read: (item: SourceItem | undefined, maxBytes?: number) => Promise<string>;
}

async function list(config: object = {}, limits: Partial<SourceLimits> = {}): Promise<Listed> {
  const { kind, config: read } = sourceAt(server.port, config);
  const rules = rulesFor([server.host], {}, limits);
  const items: SourceItem[] = [];
  const notes: SourceNote[] = [];
  for await (const item of kind.list(read, rules, { note: (note) => notes.push(note) })) items.push(item);
  return {
    items,
    paths: items.map(({ path }) => path),
    notes: notes.map(({ path, reason }) => `${path} ${reason}`),
    read: async (item, maxBytes = 100_000) => text(await kind.open(read, rules, item as SourceItem, { maxBytes })),
  };
}

const LETTER = mailWith({ subject: 'Bees', text: 'Bees dance to show where flowers are.' });
const WITH_FILE = mailWith({
  subject: 'Copper',
  text: 'The table is attached.',
  files: [{ name: 'melting points.csv', type: 'text/csv', content: 'metal,°C\ncopper,1085\n' }],
});

describe('a mailbox', () => {
  it('I4: gives its mails and what is attached to them, in the order of their paths, and leaves them unread', async () => {
    for (let at = 0; at < 9; at++) server.deliver(LETTER, new Date('2026-11-20T10:00:00Z'));
    server.deliver(WITH_FILE, new Date('2026-11-22T10:00:00Z'));
    const { items, paths, read } = await list();
    expect(paths).toEqual(['1/1.eml', '1/10.eml', '1/10/melting points.csv', ...[2, 3, 4, 5, 6, 7, 8, 9].map((uid) => `1/${uid}.eml`)]);
    expect(items[1]).toEqual({
      path: '1/10.eml',
      fileName: '10.eml',
      size: Buffer.byteLength(WITH_FILE.replaceAll('\n', '\r\n')),
      modifiedAt: new Date('2026-11-22T10:00:00Z'),
      version: '1-10',
      mimeType: 'message/rfc822',
    });
    expect(items[2]).toEqual({
      path: '1/10/melting points.csv',
      fileName: 'melting points.csv',
      modifiedAt: new Date('2026-11-22T10:00:00Z'),
      version: '1-10-2',
      mimeType: 'text/csv',
    });
    expect(await read(items[0])).toBe(LETTER.replaceAll('\n', '\r\n'));
    expect(await read(items[2])).toBe('metal,°C\ncopper,1085\n');
    expect(server.mailbox().messages.map(({ flags }) => flags)).toEqual(Array.from({ length: 10 }, () => []));
    const said = server.commands.map((command) => command.split(' ')[0]?.toUpperCase());
    expect([said.includes('EXAMINE'), said.includes('SELECT'), said.includes('STORE')]).toEqual([true, false, false]);
  });

  it('I4: is listed and read with one login', async () => {
    server.deliver(LETTER);
    server.deliver(WITH_FILE);
    const { items, read } = await list();
    await Promise.all(items.map((item) => read(item)));
    expect(server.commands.filter((command) => /^(LOGIN|AUTHENTICATE)/i.test(command))).toHaveLength(1);
  });

  it('I4: keeps the version of what is there, and loses what is gone or was numbered anew', async () => {
    const uids = [LETTER, LETTER, LETTER].map((mail) => server.deliver(mail));
    const before = await list();
    server.deliver(LETTER);
    server.mailbox().messages.splice(1, 1);
    const after = await list();
    expect(after.paths).toEqual(['1/1.eml', '1/3.eml', '1/4.eml']);
    expect(after.items.slice(0, 2)).toEqual([before.items[0], before.items[2]]);
    await expect(before.read(before.items[1])).rejects.toMatchObject({ code: 'not_found' });
    server.mailbox().uidvalidity = 7;
    expect((await list()).paths).toEqual(['7/1.eml', '7/3.eml', '7/4.eml']);
    const { read } = await list();
    await expect(read(after.items[0])).rejects.toMatchObject({ code: 'not_found' });
    expect(uids).toEqual([1, 2, 3]);
  });

  it('I4: that is asked about in parts gives all of them', async () => {
    for (let at = 0; at < 450; at++) server.deliver(LETTER);
    const { paths } = await list();
    expect(new Set(paths).size).toBe(450);
    expect(paths).toEqual([...paths].sort());
  });

  it('I4: is one of several of an account, and the newest or latest part of it', async () => {
    for (const day of ['2026-11-01', '2026-11-10', '2026-11-20']) server.deliver(LETTER, new Date(`${day}T12:00:00Z`));
    expect((await list({ mailbox: 'Archive' })).paths).toEqual([]);
    expect((await list({ since: '2026-11-10' })).paths).toEqual(['1/2.eml', '1/3.eml']);
    expect((await list({ max_messages: 1 })).paths).toEqual(['1/3.eml']);
    for (const config of [{ since: 'yesterday' }, { since: '2026-02-30' }, { since: '2026-11-10T00:00:00Z' }, { max_messages: 0 }, { mailbox: '' }])
      expect(() => sourceAt(server.port, config)).toThrow();
  });

  it('I4: is read by filters, and refused when it has more than is allowed', async () => {
    server.deliver(LETTER);
    server.deliver(WITH_FILE);
    expect((await list({ extensions: ['csv'] })).paths).toEqual(['1/2/melting points.csv']);
    expect((await list({ ignore_patterns: ['*.csv'] })).paths).toEqual(['1/1.eml', '1/2.eml']);
    expect((await list({}, { fileBytes: 300 })).notes).toEqual(['1/2.eml too_large']);
    await expect(list({}, { files: 2 })).rejects.toMatchObject({ code: 'too_large' });
    await expect(list({}, { entries: 1 })).rejects.toMatchObject({ code: 'too_large' });
    const { items, read } = await list();
    await expect(read(items[0], 100)).rejects.toMatchObject({ code: 'too_large' });
    await expect(read({ path: '1/1.eml', fileName: '1.eml', version: '../1' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('I4: is read in pieces when a mail is long', async () => {
    const content = Buffer.alloc(2_500_000, 'The lighthouse keeper counts ships.\n');
    server.deliver(mailWith({ subject: 'Log', text: 'attached', files: [{ name: 'log.txt', type: 'text/plain', content }] }));
    const { items, read } = await list();
    expect((await read(items[1], 3_000_000)) === content.toString()).toBe(true);
    await expect(read(items[1], 2_000_000)).rejects.toMatchObject({ code: 'too_large' });
  });
});

describe('names of attachments', () => {
  const named = (...names: string[]) =>
    server.deliver(mailWith({ subject: 'x', text: 'x', files: names.map((name) => ({ name, type: 'application/octet-stream', content: name.slice(0, 10) })) }));

  it('I4: lead nowhere, are different, and end', async () => {
    named('../../../etc/passwd.txt', 'C:\\\\a\\\\b.txt', '..', 'same.txt', 'same.txt', `${'long'.repeat(500)}.txt`, '.hidden.txt', 'turn\u202etxt.md');
    const { paths, notes, items, read } = await list({ ignore_patterns: ['*.eml'] });
    expect(paths).toEqual(['passwd.txt', 'b.txt', 'same.txt', '6-same.txt', `${'long'.repeat(49)}.txt`, 'turn_txt.md'].map((name) => `1/1/${name}`).sort());
    expect(notes).toEqual(['1/1/.hidden.txt hidden']);
    expect(await Promise.all(items.filter(({ path }) => path.includes('same')).map((item) => read(item)))).toEqual(['same.txt', 'same.txt']);
  });

  it('I4: of what is not read, and what the text of the mail shows, are left out', async () => {
    named('program.exe', 'signature.p7s', 'report.PDF');
    server.deliver(
      'Subject: a picture\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=e\n\n--e\nContent-Type: text/html; name=page.html\n\n<img src="cid:1">\n' +
        '--e\nContent-Type: image/png; name=logo.png\nContent-ID: <1>\nContent-Disposition: inline; filename=logo.png\nContent-Transfer-Encoding: base64\n\nAAAA\n--e--\n',
    );
    server.deliver('Subject: only a file\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Disposition: attachment; filename=only.txt\n\nCopper melts.\n');
    server.deliver(mailWith({ subject: 'x', text: 'x', files: [{ name: '..', type: 'text/csv', content: 'a,b' }] }));
    const { paths, items, read } = await list();
    expect(paths).toEqual(['1/1.eml', '1/1/report.PDF', '1/2.eml', '1/3.eml', '1/3/only.txt', '1/4.eml', '1/4/attachment-2']);
    expect((await read(items[4])).trim()).toBe('Copper melts.');
  });
});

describe('a mail server', () => {
  /** Everything that a failure holds, also what would be written to a log. */
  async function failure(port: number, config: object = {}, limits: Partial<WebLimits> = {}) {
    const { kind, config: read } = sourceAt(port, config);
    const rules = rulesFor([`127.0.0.1:${port}`], limits);
    const error = await (async () => {
      for await (const _ of kind.list(read, rules, {}));
    })().catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(ACCOUNT.password);
    return error as { code: string; message: string };
  }

  it('I4: that does not let in, or has no such mailbox, is refused in words', async () => {
    expect(await failure(server.port, { username: 'eve@example.com' })).toMatchObject({
      code: 'invalid_input',
      message: '"eve@example.com" was not let in by the mail server. Look at the username and the password.',
    });
    expect(await failure(server.port, { mailbox: 'Nothing' })).toMatchObject({
      code: 'invalid_input',
      message: '"Nothing" is not a mailbox that this account may read.',
    });
    const description = { type: 'imap', config: { host: '127.0.0.1', port: server.port, tls: false, ...ACCOUNT, password: 'wrong-password' } };
    const answer = await previewSource(description, rulesFor([server.host]), { limit: 1 });
    expect(answer).toEqual({ valid: false, reason: expect.stringContaining('was not let in') });
    expect(JSON.stringify(answer)).not.toContain('wrong-password');
  });

  it('I4: that nobody may reach is refused before or when it is connected to', async () => {
    const check = async (config: object, rules = rulesFor(['mail.internal:1143'])) => {
      const source = sourceAt(993, { tls: true, ...config });
      await source.kind.check(source.config, rules);
    };
    await check({ host: 'imap.example.com' });
    await check({ host: 'mail.internal', port: 1143, tls: false });
    for (const host of ['127.0.0.1', '127.1', '::1', 'localhost.', 'mail', 'mail.internal', '169.254.169.254', 'a/b', 'a:25', 'u@example.com', 'a b'])
      await expect(check({ host })).rejects.toMatchObject({ name: 'CairnError', errors: [{ path: 'host' }] });
    await expect(check({ host: 'imap.example.com', port: 25 })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(check({ host: 'imap.example.com', tls: false })).rejects.toMatchObject({ code: 'invalid_input' });
    for (const mailbox of ['*', 'IN%', 'a\nb']) await expect(check({ host: 'imap.example.com', mailbox })).rejects.toMatchObject({ code: 'invalid_input' });

    const web = new WebClient({ resolve: async () => ['93.184.216.34', '127.0.0.1'] });
    closing.push(() => web.close());
    const rules = { roots: [], web, limits: SOURCE_LIMITS };
    const config = { host: 'imap.example.com', ...ACCOUNT };
    expect(await previewSource({ type: 'imap', config }, rules, { limit: 1 })).toEqual({
      valid: false,
      reason: expect.stringContaining('is not an address on the open internet'),
    });
    expect(server.commands).toEqual([]);
  });

  it('I4: is connected to by the addresses that were looked at, and its name is asked for once', async () => {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return ['127.0.0.1'];
    };
    const web = new WebClient({ allow: [`mail.example:${server.port}`], resolve });
    closing.push(() => web.close());
    const config = { host: 'mail.example', port: server.port, tls: false, ...ACCOUNT };
    expect(await previewSource({ type: 'imap', config }, { roots: [], web, limits: SOURCE_LIMITS }, { limit: 1 })).toMatchObject({ valid: true });
    expect(asked).toEqual(['mail.example']);
  });

  it('I4: with a certificate that is not its own gets no password', async () => {
    const secure = await serveMail({ ...ACCOUNT, secure: true });
    closing.push(secure.close);
    expect(await failure(secure.port, { tls: true })).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('certificate') });
    expect(secure.commands).toEqual([]);
    expect(await failure(server.port, { tls: true })).toMatchObject({ code: expect.stringMatching(/invalid_input|unavailable/) });
    expect(server.commands.join()).not.toContain(ACCOUNT.password);
  });

  it('I4: that is away is asked again later', async () => {
    await server.close();
    expect(await failure(server.port)).toMatchObject({ code: 'unavailable' });
  });

  type Answers = Record<string, string | ((send: (text: string) => void) => void)>;
  const GREETING = '* OK ready\r\n';
  const OPEN: Answers = {
    EXAMINE: '* 3 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n* OK [UIDNEXT 9] x\r\n',
    LIST: '* LIST () "/" INBOX\r\n',
    CAPABILITY: '* CAPABILITY IMAP4rev1\r\n',
    SEARCH: '* SEARCH 1 2 3\r\n',
  };
  const fetched = (uid: number) => `* ${uid} FETCH (UID ${uid} RFC822.SIZE 9 BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 9 1))\r\n`;

  /** Sessions that have ended. */
  let left = 0;

  /** One that says what it should but for these answers; a function takes the place of the last word, too. */
  async function hostile(answers: Answers, greeting = GREETING): Promise<number> {
    const one = await serveLines(greeting, (line, socket) => {
      const [tag, ...words] = line.split(' ');
      const verb = (words[0]?.toUpperCase() === 'UID' ? words[1] : words[0])?.toUpperCase() ?? '';
      if (verb === 'LOGIN') socket.once('close', () => left++);
      const answer = { ...OPEN, ...answers }[verb] ?? '';
      if (typeof answer === 'function') answer((text) => void socket.write(text));
      else socket.write(answer.startsWith('tagged ') ? answer.replace('tagged', tag as string) : `${answer}${tag} OK done\r\n`);
    });
    closing.push(one.close);
    return one.port;
  }

  const flood = (line: string) => (send: (text: string) => void) => {
    const block = line.repeat(Math.ceil(1_000_000 / line.length));
    const timer = setInterval(() => send(block), 1);
    closing.push(async () => clearInterval(timer));
  };

  it('I4: that behaves is read', async () => {
    const port = await hostile({ FETCH: [1, 2, 3].map(fetched).join('') });
    const description = { type: 'imap', config: { host: '127.0.0.1', port, tls: false, ...ACCOUNT } };
    expect(await previewSource(description, rulesFor([`127.0.0.1:${port}`]), { limit: 1 })).toMatchObject({ valid: true, files: 3 });
  });

  it('I4: that tells of a flag in between takes no attachment away', async () => {
    const file = '("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 9 NIL ("ATTACHMENT" ("FILENAME" "a.pdf")))';
    const mail = `* 1 FETCH (UID 1 RFC822.SIZE 9 BODYSTRUCTURE (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 9 1)${file} "MIXED"))\r\n`;
    const port = await hostile({ SEARCH: '* SEARCH 1\r\n', FETCH: `${mail}* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n` });
    const description = { type: 'imap', config: { host: '127.0.0.1', port, tls: false, ...ACCOUNT } };
    expect(await previewSource(description, rulesFor([`127.0.0.1:${port}`]), { limit: 10 })).toMatchObject({ valid: true, files: 2 });
  });

  it('I4: that has a lot to say when it is left is not listened to', async () => {
    const port = await hostile({ FETCH: [1, 2, 3].map(fetched).join(''), LOGOUT: flood('* OK x\r\n') });
    const description = { type: 'imap', config: { host: '127.0.0.1', port, tls: false, ...ACCOUNT } };
    const before = left;
    expect(await previewSource(description, rulesFor([`127.0.0.1:${port}`]), { limit: 1 })).toMatchObject({ valid: true });
    const given = performance.now() + 20_000;
    while (left === before && performance.now() < given) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(left).toBe(before + 1);
  }, 30_000);

  it.each<[string, Answers, string]>([
    ['says that a mail has 10 GB', { FETCH: (send) => send('* 1 FETCH (UID 1 BODY[] {10000000000}\r\n') }, 'too_large'],
    ['sends a line without an end', { SEARCH: flood(' 1') }, 'too_large'],
    ['sends mails without an end', { FETCH: flood(fetched(1).replace('NIL', `("X" "${'y'.repeat(9_000)}")`)) }, 'too_large'],
    ['sends numbers without an end', { SEARCH: flood(`* SEARCH ${'1'.padStart(9_000, '0')}\r\n`) }, 'too_large'],
    ['leaves out mails that are there', { FETCH: fetched(1) }, 'invalid_input'],
    ['does not number its mails', { EXAMINE: '* 3 EXISTS\r\n' }, 'invalid_input'],
    ['speaks another protocol', { EXAMINE: '))))\r\n' }, 'invalid_input'],
    ['nests without an end', { FETCH: `* 1 FETCH (UID 1 BODYSTRUCTURE ${'('.repeat(100_000)})\r\n` }, 'invalid_input'],
    ['refuses for now', { LOGIN: 'tagged NO [UNAVAILABLE] later\r\n' }, 'unavailable'],
    ['repeats the password', { LOGIN: `tagged NO [AUTHENTICATIONFAILED] not ${ACCOUNT.password}\r\n` }, 'invalid_input'],
    ['ends the session', { SEARCH: (send) => send('* BYE leave\r\n') }, 'unavailable'],
    ['says no more after the login', { EXAMINE: () => undefined }, 'unavailable'],
    ['does not search', { SEARCH: 'tagged NO not now\r\n' }, 'invalid_input'],
  ])(
    'I4: that %s fails alone',
    async (_, answers, code) => {
      const before = process.memoryUsage().rss;
      expect(await failure(await hostile(answers), {}, { idleMs: 1_000 })).toMatchObject({ name: 'CairnError', code });
      expect(process.memoryUsage().rss - before).toBeLessThan(600_000_000);
    },
    30_000,
  );

  it('I4: that has a mail and does not give it keeps nobody from the others', async () => {
    const port = await hostile({ FETCH: 'tagged NO [SERVERBUG] broken\r\n' });
    const { kind, config } = sourceAt(port);
    const open = kind.open(config, rulesFor([`127.0.0.1:${port}`]), { path: '5/1.eml', fileName: '1.eml', version: '5-1' }, { maxBytes: 100 });
    await expect(open).rejects.toMatchObject({ code: 'invalid_input', message: '"1" is a mail that the server does not give.' });
  });

  it('I4: that does not begin to speak is given up', async () => {
    expect(await failure(await hostile({}, ''), {}, { headersMs: 300 })).toMatchObject({ code: 'unavailable' });
  });

  it('I4: that sends a byte from time to time is given up', async () => {
    const drip = (send: (text: string) => void) => {
      const timer = setInterval(() => send('* OK still here\r\n'), 20);
      closing.push(async () => clearInterval(timer));
    };
    expect(await failure(await hostile({ SEARCH: drip }), {}, { totalMs: 500 })).toMatchObject({ code: 'unavailable' });
  });

  it('I4: that goes on and on with a mail is given up, and with it the stream', async () => {
    const port = await hostile({ FETCH: (send) => send('* 1 FETCH (UID 1 RFC822.SIZE 9 BODY[]<0> {1000}\r\nx') });
    const source = sourceAt(port);
    const rules = rulesFor([`127.0.0.1:${port}`], { totalMs: 500 });
    const item = { path: '5/1.eml', fileName: '1.eml', version: '5-1' };
    await expect(source.kind.open(source.config, rules, item, { maxBytes: 1_000 }).then(buffer)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('I4: is left when its caller is called off', async () => {
    const port = await hostile({ SEARCH: () => undefined });
    const { kind, config } = sourceAt(port);
    const controller = new AbortController();
    const listing = (async () => {
      for await (const _ of kind.list(config, rulesFor([`127.0.0.1:${port}`]), { signal: controller.signal }));
    })();
    setTimeout(() => controller.abort(new Error('called off')), 200);
    await expect(listing).rejects.toThrow('called off');
  });
});
