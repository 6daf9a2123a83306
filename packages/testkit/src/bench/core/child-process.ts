import type { Message } from './child.js';

type Answers = Record<string, (message: Message) => Promise<Message> | Message>;

/** The other end of `Child`: begins with the settings it is sent, then answers. */
export function runAsChild<Settings>(begin: (settings: Settings) => Promise<{ answers: Answers; stop: () => Promise<void> }>): void {
  process.once('message', (settings) => {
    begin(settings as Settings).then(({ answers, stop }) => {
      process.on('message', (message) => void answer(message as Message, answers, stop).catch(fail));
      process.send?.({ kind: 'ready' });
    }, fail);
  });
  process.on('disconnect', () => process.exit(1)); // the bench died
}

async function answer(message: Message, answers: Answers, stop: () => Promise<void>): Promise<void> {
  if (message.kind !== 'stop') {
    const reply = await answers[message.kind]?.(message);
    if (reply) process.send?.(reply);
    return;
  }
  await stop();
  process.send?.({ kind: 'stopped' }, () => process.exit(0));
}

function fail(error: unknown): void {
  process.send?.({ kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () => process.exit(1));
}
