import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FORMATS } from '../../../src/network/formats/index.ts';
import { openWeights } from '../../../src/network/formats/open-weights.ts';
import { writeSafetensors } from '../../../src/network/formats/safetensors.ts';
import { failureOf } from '../failure-of.ts';
import { textFormat } from './text-format.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-formats-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function save(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const good = writeSafetensors(new Map([['a', { shape: [2], data: Float32Array.of(1, 2) }]]));

describe('openWeights', () => {
  it('recognises a file by its bytes, whatever its name', async () => {
    for (const name of ['w.safetensors', 'w.bin']) {
      const { format, file } = await openWeights(save(name, good));
      expect(format.name).toBe('safetensors');
      expect(file.architecture).toBeUndefined();
      expect(file.tensors.get('a')?.shape).toEqual([2]);
      expect(await file.read('a')).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
      await file.close();
    }
  });

  it('opens a file with the first format that recognises it', async () => {
    const path = save('w.txt', 'weights a=1,2,3');
    const { format, file } = await openWeights(path, [textFormat, ...FORMATS]);
    expect(format.name).toBe('text');
    expect((await file.read('a')).data).toEqual(Float32Array.of(1, 2, 3));
    const other = await openWeights(save('w.bin', good), [textFormat, ...FORMATS]);
    expect(other.format.name).toBe('safetensors');
    await other.file.close();
  });

  it.each<[string, Uint8Array | string, RegExp, RegExp]>([
    ['a zip archive', 'PK\x03\x04 and so on', /looks like a zip archive/u, /Convert/u],
    ['a pickle', Uint8Array.of(0x80, 2, 0x7d, 0x71, 0, 0x28, 0x58, 4, 0, 0), /Python pickle/u, /Convert/u],
    ['an HDF5 file', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0), /HDF5/u, /Convert/u],
    ['a web page', '\n<!DOCTYPE html>', /web page/u, /Download/u],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1', /LFS/u, /git lfs pull/u],
    ['an empty file', '', /an empty file/u, /again/u],
    ['anything else', 'hello, this is not a file of weights', /not in a format that Lethe can read$/u, /Convert/u],
  ])('%s is refused with the formats that are read', async (_, content, headline, help) => {
    const failure = await failureOf(() => openWeights(save('w.safetensors', content)));
    expect(failure.reason).toBe('unknown-weights-format');
    expect(failure.headline).toMatch(headline);
    for (const { name, doc } of FORMATS) expect(failure.values?.['formats read']).toContain(`${name} (${doc})`);
    expect(failure.help).toMatch(help);
  });

  it('a safetensors file that is cut within its first bytes is reported as such', async () => {
    const failure = await failureOf(() => openWeights(save('w.safetensors', good.subarray(0, 5))));
    expect(failure).toMatchObject({ reason: 'bad-weights', values: { file: 'w.safetensors', bytes: 5 } });
  });

  it('says that a file is not there, or is a folder', async () => {
    expect((await failureOf(() => openWeights(join(folder, 'none.safetensors')))).reason).toBe('missing-file');
    expect((await failureOf(() => openWeights(folder))).reason).toMatch(/^(not-a-file|unreadable-file)$/u);
  });
});

describe('the cards', () => {
  it('have a name each', () => {
    const names = FORMATS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, doc } of FORMATS) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u);
      expect(doc).toBeTruthy();
    }
  });
});
