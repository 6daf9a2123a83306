import { describe, expect, it } from '@jest/globals';
import { requireNode, requirePlatform } from './bootstrap.mjs';

describe('bootstrap', () => {
  it.each(['20.19.0', '20.20.2', '22.12.0', '24.1.0'])('accepts node %s', (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });

  it.each(['18.20.0', '20.18.3', '21.7.0', '22.11.0'])('refuses node %s and says what it needs', (version) => {
    expect(() => requireNode(version)).toThrow(`Cairn needs Node.js 20.19 or newer, or 22.12 or newer; this is ${version}.`);
  });

  const linux = { platform: 'linux', arch: 'x64', glibc: '2.36' };

  it('accepts Linux x64 with a recent glibc', () => {
    expect(() => requirePlatform({}, linux)).not.toThrow();
  });

  it.each([
    [{ ...linux, platform: 'darwin' }, 'Linux x64 only; this is darwin x64'],
    [{ ...linux, arch: 'arm64' }, 'Linux x64 only; this is linux arm64'],
    [{ ...linux, glibc: undefined }, 'another C library'],
    [{ ...linux, glibc: '2.31' }, 'glibc 2.34 or newer; this is 2.31'],
  ])('refuses %j and names what to set instead', (machine, message) => {
    expect(() => requirePlatform({ NATS_URL: 'nats://n' }, machine)).toThrow(message);
    expect(() => requirePlatform({ NATS_URL: 'nats://n' }, machine)).toThrow('Set DATABASE_URL, QDRANT_URL to servers of your own');
  });

  it('accepts every platform when all three servers are given', () => {
    const env = { DATABASE_URL: 'a', NATS_URL: 'b', QDRANT_URL: 'c' };
    expect(() => requirePlatform(env, { ...linux, platform: 'darwin' })).not.toThrow();
  });
});
