import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openSafetensors, parseSafetensors, writeSafetensors } from '../../../src/network/formats/safetensors.ts';
import { failureOf } from '../failure-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-safetensors-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A file with this header text and this many bytes of data. */
function fileOf(header: string, data: Uint8Array | number = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const tail = typeof data === 'number' ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + json.length + tail.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(tail, 8 + json.length);
  return bytes;
}

function tensor(dtype: string, shape: number[], from: number, to: number): string {
  return JSON.stringify({ dtype, shape, data_offsets: [from, to] });
}

const good = writeSafetensors(
  new Map([
    ['a', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['b', { shape: [], data: Float32Array.of(7) }],
  ]),
  { made: 'here' },
);

describe('writing and reading', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => name !== '__metadata__'),
            data: fc.float32Array({ noNaN: true, noDefaultInfinity: true }),
          }),
          {
            selector: ({ name }) => name,
          },
        ),
        (list) => {
          const tensors = new Map(list.map(({ name, data }) => [name, { shape: [data.length], data }]));
          const bytes = writeSafetensors(tensors);
          expect((bytes.length - list.reduce((sum, { data }) => sum + data.length * 4, 0)) % 8).toBe(0);
          const read = parseSafetensors(bytes, 'f');
          expect(read.size).toBe(tensors.size);
          for (const [name, value] of tensors) expect(read.get(name)).toEqual(value);
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });

  it('takes a header of 640 bytes, which begins like a pickle', () => {
    expect(parseSafetensors(fileOf('{}'.padEnd(0x280)), 'f').size).toBe(0);
  });

  it('reads ranges of a file as it reads bytes', async () => {
    const path = join(folder, 'good.safetensors');
    writeFileSync(path, good);
    const file = await openSafetensors(path);
    expect(file.metadata).toEqual({ made: 'here' });
    for (const [name, value] of parseSafetensors(good, 'f')) {
      expect(await file.read(name)).toEqual(value);
    }
    await file.close();
  });

  it('converts F16, BF16 and F64', () => {
    const half = Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b); // 1, -2, 2^-24, 65504
    expect(parseSafetensors(fileOf(`{"x":${tensor('F16', [4], 0, 8)}}`, half), 'f').get('x')?.data).toEqual(
      Float32Array.of(1, -2, 2 ** -24, 65504),
    );
    const brain = Uint8Array.of(0x80, 0x3f, 0x49, 0x40); // 1, 3.140625
    expect(parseSafetensors(fileOf(`{"x":${tensor('BF16', [2], 0, 4)}}`, brain), 'f').get('x')?.data).toEqual(
      Float32Array.of(1, 3.140625),
    );
    const double = new Uint8Array(Float64Array.of(0.1, -2).buffer);
    expect(parseSafetensors(fileOf(`{"x":${tensor('F64', [2], 0, 16)}}`, double), 'f').get('x')?.data).toEqual(
      Float32Array.of(0.1, -2),
    );
  });
});

describe('damaged files', () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['empty', new Uint8Array(0), /ends within the header length/u],
    ['shorter than the header length', Uint8Array.of(1, 2, 3), /ends within the header length/u],
    [
      'header length 2^63',
      (() => {
        const b = good.slice();
        new DataView(b.buffer).setBigUint64(0, 2n ** 63n, true);
        return b;
      })(),
      /9223372036854775808 bytes/u,
    ],
    ['header longer than the file', fileOf('{}').map((byte, i) => (i === 0 ? 200 : byte)), /ends within the header/u],
    ['header that is not JSON', fileOf('{"a": '), /not JSON/u],
    ['header that is not UTF-8', fileOf('{"a').map((byte, i) => (i === 9 ? 0xff : byte)), /not JSON/u],
    ['header that is a list', fileOf('[]'), /not a JSON object/u],
    ['metadata that is no map of strings', fileOf('{"__metadata__":{"a":1}}'), /__metadata__/u],
    ['entry that is null', fileOf('{"a":null}'), /unknown type/u],
    ['unknown type', fileOf(`{"a":${tensor('F128', [1], 0, 16)}}`, 16), /unknown type/u],
    ['type named like a method', fileOf(`{"a":${tensor('constructor', [1], 0, 16)}}`, 16), /unknown type/u],
    ['negative size', fileOf(`{"a":${tensor('F32', [-1], 0, 4)}}`, 4), /not a list of sizes/u],
    ['fraction of a size', fileOf(`{"a":${tensor('F32', [0.5], 0, 2)}}`, 2), /not a list of sizes/u],
    [
      'offsets that are no numbers',
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":["0","4"]}}', 4),
      /not two numbers/u,
    ],
    ['end before start', fileOf(`{"a":${tensor('F32', [1], 4, 0)}}`, 4), /ends before it starts/u],
    ['offsets beyond the file', fileOf(`{"a":${tensor('F32', [2], 0, 8)}}`, 4), /ends within a tensor/u],
    ['shape and bytes that differ', fileOf(`{"a":${tensor('F32', [3], 0, 8)}}`, 8), /do not fit its shape/u],
    ['shape that overflows', fileOf(`{"a":${tensor('F32', [2 ** 52, 2 ** 52], 0, 8)}}`, 8), /do not fit its shape/u],
    [
      'overlapping tensors',
      fileOf(`{"a":${tensor('F32', [2], 0, 8)},"b":${tensor('F32', [2], 4, 12)}}`, 12),
      /overlap/u,
    ],
    [
      'a hole',
      fileOf(`{"a":${tensor('F32', [1], 0, 4)},"b":${tensor('F32', [1], 8, 12)}}`, 12),
      /belong to no tensor/u,
    ],
    ['bytes after the last tensor', fileOf(`{"a":${tensor('F32', [1], 0, 4)}}`, 6), /belong to no tensor/u],
    [
      'duplicate names',
      fileOf(`{"a":${tensor('F32', [1], 0, 4)},"\\u0061":${tensor('F32', [1], 4, 8)}}`, 8),
      /same name/u,
    ],
  ];

  it.each(cases)('%s', async (_, bytes, message) => {
    const failure = await failureOf(() => parseSafetensors(bytes, 'weights.safetensors'));
    expect(failure.reason).toBe('bad-weights');
    expect(failure.headline).toMatch(message);
    expect(failure.values?.['file']).toBe('weights.safetensors');
    expect(failure.help).toBeTruthy();
    const path = join(folder, 'bad.safetensors');
    writeFileSync(path, bytes);
    expect((await failureOf(() => openSafetensors(path))).headline).toBe(failure.headline);
  });

  it('cut anywhere is refused', async () => {
    for (let length = 0; length < good.length; length++) {
      expect((await failureOf(() => parseSafetensors(good.subarray(0, length), 'f'))).reason).toBe('bad-weights');
    }
  });

  it('never anything but a failure, whatever byte is changed', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bytes = good.slice();
        bytes[at] = byte;
        try {
          parseSafetensors(bytes, 'f');
        } catch (error) {
          const reason = (error as { failure?: { reason: string } }).failure?.reason;
          expect(['bad-weights', 'weights-not-finite', 'integer-weights']).toContain(reason);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('whatever the header says, gives a failure or the tensors that it describes', () => {
    const size = fc.oneof(fc.nat(4), fc.integer(), fc.double(), fc.constantFrom('1', null, 2 ** 60));
    const entry = fc.oneof(
      fc.record({
        dtype: fc.oneof(fc.constantFrom('F32', 'F16', 'BF16', 'F64', 'I8', 'BOOL'), fc.string()),
        shape: fc.oneof(fc.array(size, { maxLength: 3 }), fc.jsonValue()),
        data_offsets: fc.oneof(fc.tuple(fc.nat(24), fc.nat(24)), fc.array(size, { maxLength: 3 })),
      }),
      // a plausible entry: float32 values from the start, or after another tensor
      fc.tuple(fc.constantFrom(0, 4, 8), fc.nat(3)).map(([from, count]) => ({
        dtype: 'F32',
        shape: [count],
        data_offsets: [from, from + 4 * count],
      })),
    );
    let read = 0;
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), entry, { maxKeys: 3 }),
        fc.uint8Array({ maxLength: 24 }),
        (header, data) => {
          const bytes = fileOf(JSON.stringify(header), data);
          let tensors: ReturnType<typeof parseSafetensors>;
          try {
            tensors = parseSafetensors(bytes, 'f');
          } catch (error) {
            const reason = (error as { failure?: { reason: string } }).failure?.reason;
            expect(['bad-weights', 'weights-not-finite', 'integer-weights']).toContain(reason);
            return;
          }
          read++;
          const names = Object.keys(header).filter((name) => name !== '__metadata__');
          expect([...tensors.keys()].sort()).toEqual(names.sort());
          for (const [name, { shape, data: values }] of tensors) {
            const described = header[name] as { dtype: string; shape: number[]; data_offsets: [number, number] };
            expect(shape).toEqual(described.shape);
            expect(values.length).toBe(shape.reduce((product, one) => product * one, 1));
            expect(values.every(Number.isFinite)).toBe(true);
            if (described.dtype !== 'F32') continue;
            const [from, to] = described.data_offsets;
            expect(values).toEqual(new Float32Array(data.slice(from, to).buffer));
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(20); // files that can be read must be among the tested ones
  });

  it('a file that is not there', async () => {
    expect((await failureOf(() => openSafetensors(join(folder, 'none.safetensors')))).reason).toBe('missing-file');
  });
});

describe('bad values', () => {
  it.each([
    ['NaN', NaN, 'NaN'],
    ['infinity', -Infinity, 'an infinite number'],
  ])('%s is named with its tensor and index', async (_, value, words) => {
    const bytes = writeSafetensors(
      new Map([['conv1.weight', { shape: [2, 2, 2], data: Float32Array.of(0, 0, 0, 0, 0, value, 0, value) }]]),
    );
    const failure = await failureOf(() => parseSafetensors(bytes, 'f'));
    expect(failure.headline).toBe(`conv1.weight holds ${words}`);
    expect(failure.values).toMatchObject({ tensor: 'conv1.weight', index: '[1, 0, 1]' });
  });

  it('a double too large for float32 is infinite', async () => {
    const bytes = fileOf(`{"x":${tensor('F64', [1], 0, 8)}}`, new Uint8Array(Float64Array.of(1e300).buffer));
    expect((await failureOf(() => parseSafetensors(bytes, 'f'))).headline).toBe('x holds an infinite number');
  });

  it('integers are no weights', async () => {
    const failure = await failureOf(() => parseSafetensors(fileOf(`{"x":${tensor('I64', [1], 0, 8)}}`, 8), 'f'));
    expect(failure.headline).toBe('x is not a floating-point tensor');
    expect(failure.values).toMatchObject({ dtype: 'I64' });
  });
});
