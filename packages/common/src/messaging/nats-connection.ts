import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import type { NatsConfig } from '../config/nats.config.js';

/** Connects and stays connected: a server that is away is waited for, and a half-open one is noticed in seconds (deploy notes, D11). */
export function connectNats(config: NatsConfig, name: string): Promise<NatsConnection> {
  return connect({
    servers: config.urls,
    name,
    timeout: 2_000,
    pingInterval: 2_000,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 250,
    ...(config.credentials ? { authenticator: credsAuthenticator(new TextEncoder().encode(config.credentials)) } : {}),
  });
}
