import { describe, expect, it } from '@jest/globals';
import { localSettings, requireKnown } from './settings.mjs';

describe('settings', () => {
  it('live in .cairn of the root, from port 8000, unless told otherwise', () => {
    expect(localSettings({ root: '/r', env: {} })).toMatchObject({ home: '/r/.cairn', basePort: 8000, verbose: false });
    expect(localSettings({ root: '/r', args: ['--verbose'], env: { CAIRN_HOME: '/h', PORT: '9000' } })).toMatchObject({
      home: '/h',
      basePort: 9000,
      verbose: true,
    });
  });

  it.each(['abc', '0', '80.5', '65520', '-1'])('refuse the base port %s', (port) => {
    expect(() => localSettings({ root: '/r', env: { PORT: port } })).toThrow(`it is "${port}"`);
  });

  it('refuse an argument that nobody knows', () => {
    expect(() => requireKnown(['--detatch'], ['--detach'])).toThrow('Unknown argument --detatch; known are --detach.');
  });
});
