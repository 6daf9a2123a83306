import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { BUILT_IN_FOLDER, PUBLISHED_MODEL } from '../src/fixtures/reference.js';

const source = join(PUBLISHED_MODEL, 'model.onnx');

(existsSync(source) ? it : it.skip)(
  'the script makes the committed 8-bit file from the published one, byte for byte',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-quantise-'));
    const result = join(folder, 'result.onnx');
    execFileSync(process.execPath, [join(import.meta.dirname, 'quantise.mjs'), source, result]);
    expect(readFileSync(result).equals(readFileSync(join(BUILT_IN_FOLDER, 'model_int8_row.onnx')))).toBe(true);
    rmSync(folder, { recursive: true });
  },
  60_000,
);
