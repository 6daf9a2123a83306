import type { StackFacts } from '@cairn/stack';

/** The address of NATS with its user and password, as services are given it. */
export function natsUrlOf(stack: Pick<StackFacts, 'nats'>): string {
  const url = new URL(stack.nats.url);
  url.username = stack.nats.user;
  url.password = stack.nats.password;
  return url.toString();
}
