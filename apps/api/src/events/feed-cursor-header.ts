import type { FastifyReply } from 'fastify';

const NAME = 'X-Cairn-Events-Cursor';

/** What is to be said of lists that the feed of events goes on from. */
export const FEED_CURSOR_HEADER = { [NAME]: 'Where the feed of events stood when the list was read: `GET /events?since=` goes on from there without a hole.' };

export function tellFeedCursor(reply: FastifyReply, cursor: string): void {
  void reply.header(NAME, cursor);
}
