import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import type { NatsConfig } from '../config/nats.config.js';

/** Connects and stays connected: a server that is away is waited for, and a half-open one is noticed in seconds. */
export async function connectNats(config: NatsConfig, name: string): Promise<NatsConnection> {
  const connection = await connect({
    ...credentialsOf(config.urls),
    name,
    timeout: 2_000,
    pingInterval: 2_000,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 250,
    // A starved server can time out an authentication; two of these in the life of a connection would otherwise close it for ever.
    ignoreAuthErrorAbort: true,
    ...(config.credentials ? { authenticator: credsAuthenticator(new TextEncoder().encode(config.credentials)) } : {}),
  });
  // Closed without having been asked to, it never comes back: better an ended process, which is started again, than a deaf one.
  void connection.closed().then((error) => {
    if (error) throw new Error(`the connection to NATS was given up: ${error.message}`, { cause: error });
  });
  return connection;
}

// The client ignores user and password inside an address.
function credentialsOf(addresses: string[]): { servers: string[]; user?: string; pass?: string } {
  const urls = addresses.map((address) => new URL(address));
  const servers = urls.map((url) => `${url.protocol}//${url.host}`);
  const named = urls.find((url) => url.username !== '');
  return named ? { servers, user: decodeURIComponent(named.username), pass: decodeURIComponent(named.password) } : { servers };
}
