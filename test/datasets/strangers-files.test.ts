// Untrusted files: damaged or malicious files give a failure or the right pixels, and nothing else.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readCifar10 } from '../../src/datasets/cifar10.ts';
import { decodeImage } from '../../src/datasets/decode-image.ts';
import type { DecodedImage } from '../../src/datasets/decoded-image.ts';
import { readImageFolder } from '../../src/datasets/image-folder.ts';
import { FailureError } from '../../src/runtime/contracts/failure.ts';
import type { Failure } from '../../src/runtime/contracts/failure.ts';
import { collect } from './collect.ts';
import { encodeJpeg, encodePng } from './image-files.ts';

const root = mkdtempSync(join(tmpdir(), 'lethe-strangers-'));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;
const newPath = (): string => join(root, String(made++));

/** The value or the failure; any other error is thrown. */
async function outcome<T>(act: () => Promise<T>): Promise<{ readonly value: T } | { readonly failure: Failure }> {
  try {
    return { value: await act() };
  } catch (error) {
    if (error instanceof FailureError) return { failure: error.failure };
    throw error;
  }
}

interface Damage {
  readonly changes: readonly (readonly [at: number, byte: number])[];
  readonly cut: number;
  readonly tail: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 200 })),
  tail: fc.uint8Array({ maxLength: 8 }),
});

function damaged(bytes: Uint8Array, { changes, cut, tail }: Damage): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, byte] of changes) copy[at % copy.length] = byte;
  return Buffer.concat([copy.subarray(0, Math.max(0, copy.length - cut)), tail]);
}

async function decode(bytes: Uint8Array): Promise<DecodedImage | Failure> {
  const path = newPath();
  writeFileSync(path, bytes);
  const found = await outcome(() => decodeImage(path));
  rmSync(path);
  if ('value' in found) return found.value;
  expect(found.failure).toMatchObject({ reason: 'unreadable-image', data: { file: path } });
  return found.failure;
}

describe('a damaged image', () => {
  const png = readFileSync(new URL('../../examples/shapes-folder/images/disc/disc-2.png', import.meta.url));

  it('of a format with checksums is a failure or itself', async () => {
    const whole = (await decode(png)) as DecodedImage;
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const found = await decode(damaged(png, how));
        if ('pixels' in found) expect(found).toEqual(whole);
      }),
      { numRuns: 150 },
    );
  });

  it('of a format without checksums is a failure or an image of the declared size', async () => {
    const photo = encodeJpeg(24, 16, (x, y, c) => (9 * x + 14 * y + 60 * c) % 256);
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const found = await decode(damaged(photo, how));
        if ('pixels' in found) expect(found.pixels).toHaveLength(3 * found.width * found.height);
      }),
      { numRuns: 150 },
    );
  });

  it('of any bytes is a failure', async () => {
    const head = fc.constantFrom([], [0xff, 0xd8], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    await fc.assert(
      fc.asyncProperty(head, fc.uint8Array({ maxLength: 64 }), async (first, rest) => {
        expect(await decode(Buffer.from([...first, ...rest]))).toMatchObject({ reason: 'unreadable-image' });
      }),
    );
  });

  it('that declares more pixels than fit into memory is rejected before it is decoded', async () => {
    const bomb = Buffer.from(encodePng(4, 4, () => 0));
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    expect(await decode(bomb)).toMatchObject({ data: { why: expect.stringContaining('60000 x 60000') as string } });
  });
});

it('a CIFAR-10 file of any bytes is a failure or holds these pixels', async () => {
  const record = fc
    .tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 255 }))
    .map(([label, seed]) => Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? label : (i * 7 + seed) % 256)));
  const file = fc.tuple(fc.array(record, { maxLength: 3 }), damage);
  await fc.assert(
    fc.asyncProperty(file, async ([records, how]) => {
      const path = newPath();
      const whole = Buffer.concat(records);
      const bytes = whole.length === 0 ? Buffer.from(how.tail) : damaged(whole, how);
      writeFileSync(path, bytes);
      const found = await outcome(async () => collect(await readCifar10([path])));
      const labels = Array.from({ length: Math.floor(bytes.length / 3073) }, (_, k) => bytes[3073 * k] as number);
      if ('failure' in found) {
        const expected =
          bytes.length === 0 ? 'empty-data-file' : bytes.length % 3073 > 0 ? 'truncated-file' : 'bad-label';
        expect(found.failure.reason).toBe(expected);
        if (expected === 'bad-label') expect(Math.max(...labels)).toBeGreaterThan(9);
        return;
      }
      expect(found.value.map(({ label }) => label)).toEqual(labels);
      for (const [k, { pixels }] of found.value.entries()) {
        const planes = bytes.subarray(3073 * k + 1, 3073 * (k + 1));
        expect(pixels.every((value, i) => value === planes[1024 * (i % 3) + Math.floor(i / 3)])).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

type Tree = { readonly [name: string]: 'image' | 'text' | Tree };

describe('a folder of any shape', () => {
  const letters = fc.constantFrom('a', 'B', '.h', 'é', 'x y', '1', 'con.png');
  const leaf = fc.constantFrom('image' as const, 'text' as const);
  const inner = fc.dictionary(letters, fc.oneof(leaf, fc.dictionary(letters, leaf, { maxKeys: 2 })), { maxKeys: 4 });
  const tree = fc.dictionary(letters, fc.oneof(leaf, inner), { maxKeys: 5 }) as fc.Arbitrary<Tree>;
  const png = encodePng(2, 2, () => 7);

  const fileName = (name: string, what: 'image' | 'text'): string => (what === 'image' ? `${name}.png` : `${name}.txt`);

  function plant(folder: string, branches: Tree): void {
    mkdirSync(folder);
    for (const [name, what] of Object.entries(branches)) {
      if (typeof what === 'object') plant(join(folder, name), what);
      else writeFileSync(join(folder, fileName(name, what)), what === 'image' ? png : 'text');
    }
  }

  /** Names of the visible images of a folder, in order. */
  const imagesIn = (branches: Tree): string[] =>
    Object.entries(branches)
      .filter(([name, what]) => what === 'image' && !name.startsWith('.'))
      .map(([name]) => `${name}.png`)
      .sort();

  it('gives its images in order, or is refused for images beside class folders', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (branches) => {
        const folder = newPath();
        plant(folder, branches);
        const classes = Object.entries(branches)
          .filter((entry): entry is [string, Tree] => typeof entry[1] === 'object' && !entry[0].startsWith('.'))
          .filter(([, content]) => imagesIn(content).length > 0)
          .sort(([a], [b]) => (a < b ? -1 : 1));
        const loose = imagesIn(branches);
        const found = await outcome(async () => collect(await readImageFolder(folder)));
        if (loose.length > 0 && classes.length > 0) {
          expect(found).toMatchObject({ failure: { reason: 'mixed-folder' } });
          return;
        }
        const expected =
          loose.length > 0
            ? loose.map((name) => [name, 0])
            : classes.flatMap(([name, content], label) => imagesIn(content).map((file) => [`${name}/${file}`, label]));
        expect('value' in found && found.value.map(({ name, label }) => [name, label])).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});
