import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface AskedModel {
  key: string | undefined;
  body: { model: string; temperature: number; max_tokens: number; messages: { role: string; content: string }[] };
}

/** What it does with a request; `undefined` leaves it without an answer. */
type Behaviour = (query: string) => { status: number; body: string } | undefined;

export const saying = (text: unknown) => ({ status: 200, body: JSON.stringify({ choices: [{ message: { role: 'assistant', content: text } }] }) });

/** A provider of a language model in OpenAI's form, which writes what it is told to. */
export class LanguageModelServer {
  readonly asked: AskedModel[] = [];
  /** Requests that somebody gave up. */
  abandoned = 0;
  behave: Behaviour = () => saying('Nothing in particular.');

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<LanguageModelServer> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const model = new LanguageModelServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void model.answer(request, response));
    return model;
  }

  close(): void {
    this.server.close().closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => (this.abandoned += response.writableFinished ? 0 : 1));
    if (request.url !== '/v1/chat/completions') return void response.writeHead(404).end();
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text) as AskedModel['body'];
    this.asked.push({ key: request.headers.authorization, body });
    const reply = this.behave((JSON.parse(body.messages.at(-1)?.content ?? '{}') as { query: string }).query);
    if (reply !== undefined) response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
  }
}
