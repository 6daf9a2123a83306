import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const PREFIX = '/ui/';
const INDEX = 'index.html';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Our own files and our own api, and nothing else: no inline script, no other host, no frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

interface Page {
  type: string;
  body: Buffer;
  compressed: Buffer;
  caching: string;
}

/** Serves the built dashboard below /ui/. Its few files are held in memory, so no address can reach any other file. */
export function serveDashboard(fastify: FastifyInstance, folder: string): void {
  const pages = readPages(folder);
  fastify.get('/', (_request, reply) => reply.redirect(PREFIX));
  fastify.get(PREFIX.slice(0, -1), (_request, reply) => reply.redirect(PREFIX));
  fastify.get(`${PREFIX}*`, (request, reply) => {
    const name = (request.params as { '*': string })['*'];
    // An address of the page itself, which it reads once it is loaded.
    return send(request, reply, pages.get(name) ?? (pages.get(INDEX) as Page));
  });
}

function readPages(folder: string): Map<string, Page> {
  if (!existsSync(join(folder, INDEX))) throw new Error(`DASHBOARD_DIR is ${folder}, and there is no ${INDEX} in it. Build the dashboard, or leave it out.`);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => extname(name) in TYPES);
  return new Map(names.map((name) => [name, pageOf(folder, name)]));
}

function pageOf(folder: string, name: string): Page {
  const file = join(folder, name);
  // The names of assets hold a hash of their content.
  const caching = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  // The build puts the compressed copy beside the file.
  return { type: TYPES[extname(name)] as string, body: readFileSync(file), compressed: readFileSync(`${file}.br`), caching };
}

function send(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  const compress = /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
  reply.headers({ 'content-type': page.type, 'cache-control': page.caching, 'content-security-policy': POLICY, vary: 'accept-encoding' });
  if (compress) reply.header('content-encoding', 'br');
  return reply.send(compress ? page.compressed : page.body);
}
