import fs from 'node:fs';
import net from 'node:net';
import { StackError } from './stack-error.mjs';

/** A port that was asked for by number is taken by somebody else. */
export class PortBusyError extends StackError {
  constructor(name, port) {
    super(
      `Port ${port} (${name}) on 127.0.0.1 is in use. Stop what listens there, or set PORT to another base port, as in PORT=${suggestion(port)} npm start.`,
    );
    this.port = port;
  }
}

function suggestion(port) {
  return port < 20_000 ? (Math.floor(port / 1000) + 1) * 1000 : 8000;
}

/**
 * Finds a free port for each name: the wanted one, or any when it is undefined. All are held at once and then released
 * together, so that no two names get the same.
 */
export async function findPorts(wanted) {
  const held = [];
  try {
    const ports = {};
    for (const [name, port] of Object.entries(wanted)) {
      const listener = port ? await holdWanted(name, port) : await holdAny();
      held.push(listener);
      ports[name] = listener.address().port;
    }
    return ports;
  } finally {
    await Promise.all(held.map(release));
  }
}

async function holdWanted(name, port) {
  const listener = await hold(port);
  if (!listener) throw new PortBusyError(name, port);
  return listener;
}

// Outside the range that the kernel gives to outgoing connections: while a server is down, a client that reconnects in
// a loop to a port of that range can be given the same port as its own end, connect to itself, and keep the server out.
async function holdAny() {
  const first = 10_240;
  const count = Math.max(1_000, firstOutgoingPort() - first);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const listener = await hold(first + Math.floor(Math.random() * count));
    if (listener) return listener;
  }
  throw new StackError('No free port was found on 127.0.0.1.');
}

function firstOutgoingPort() {
  try {
    return Number(fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  } catch {
    return 32_768;
  }
}

function hold(port) {
  return new Promise((resolve, reject) => {
    const listener = net.createServer();
    listener.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(portError(port, error))));
    listener.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(listener));
  });
}

function portError(port, error) {
  if (error.code === 'EACCES') return new StackError(`Port ${port} may not be used by this user; set PORT to a base port above 1023.`, { cause: error });
  return error;
}

function release(listener) {
  return new Promise((resolve) => listener.close(resolve));
}
