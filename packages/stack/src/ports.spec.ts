import fs from 'node:fs';
import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { findPorts, PortBusyError } from './index.mjs';

async function occupied(): Promise<{ port: number; free: () => void }> {
  const listener = net.createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return { port: (listener.address() as net.AddressInfo).port, free: () => listener.close() };
}

describe('ports', () => {
  it('a busy port is named together with its user and the variable to set', async () => {
    const { port, free } = await occupied();
    const refused = findPorts({ postgres: port });
    await expect(refused).rejects.toThrow(PortBusyError);
    await expect(refused).rejects.toThrow(new RegExp(`Port ${port} \\(postgres\\).*PORT=`));
    free();
  });

  it('names without a wish get different free ports', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `server${index}`);
    const ports = await findPorts(Object.fromEntries(names.map((name) => [name, undefined])));
    expect(new Set(Object.values(ports)).size).toBe(20);
  });

  it('a found port is never one that an outgoing connection can be given', async () => {
    const [first, last] = fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number) as [number, number];
    const { any } = await findPorts({ any: undefined });
    expect(any < first || any > last).toBe(true);
  });

  it('a wanted port is given back free', async () => {
    const { any } = await findPorts({ any: undefined });
    expect(await findPorts({ postgres: any })).toEqual({ postgres: any });
  });
});
