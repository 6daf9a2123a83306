import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './addresses.js';
import { addressesOf, pinned } from './resolve-target.js';
import type { WebLimits } from './web-limits.js';
import { notPublic } from './web-refused.js';
import type { WebRules } from './web-rules.js';

/**
 * Connects to public addresses only. The check is here, where sockets are made, so that no redirect and no other answer of a name server
 * gets around it: a name is resolved once, refused if any of its addresses is not public, and connected to by these addresses.
 */
export function guardedConnect(rules: WebRules, limits: WebLimits): buildConnector.connector {
  return (options, callback) => {
    void connect(options).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };

  async function connect(options: buildConnector.Options): Promise<Socket> {
    const name = options.hostname;
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    const target = { name, isAllowed: rules.isAllowed(name, port) };
    const addresses = await addressesOf(target, rules, limits);
    const socket = await open(options, addresses);
    // The last word has the kernel.
    if (!target.isAllowed && !isPublicAddress(socket.remoteAddress ?? '')) throw refuse(socket, name);
    return socket;
  }

  function open(options: buildConnector.Options, addresses: readonly string[]): Promise<Socket> {
    const connector = buildConnector({ timeout: limits.connectMs, lookup: pinned(addresses), autoSelectFamily: true, allowH2: false });
    return new Promise((resolve, reject) => {
      connector(options, (error, socket) => (error === null ? resolve(socket) : reject(error)));
    });
  }
}

function refuse(socket: Socket, name: string): Error {
  socket.destroy();
  return notPublic(name);
}
