import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialise } from '../../../../src/network/zoo/initialise.ts';
import { buildArchitecture } from '../../../../src/network/zoo/build.ts';
import {
  decodeState,
  encodeState,
  fitsArchitecture,
  type TrainingState,
} from '../../../../src/nodes/networks/training/checkpoint.ts';

const state: TrainingState = {
  epoch: 3,
  history: [{ epoch: 1, loss: 0.1 + 0.2, validation_loss: null }],
  weights: new Map([
    ['conv1.weight', { shape: [2, 3], data: Float32Array.from([1, -0, 1e-40, 3.4e38, Math.PI, 0.1]) }],
    ['fc.bias', { shape: [1], data: Float32Array.of(7) }],
  ]),
  momentum: new Map([['fc.bias', { shape: [1], data: Float32Array.of(-2) }]]),
};

describe('a checkpoint', () => {
  it('is restored bit for bit', () => {
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  it('is rejected if truncated, too long or in another format', () => {
    const bytes = encodeState(state);
    for (const length of [0, 3, 10, bytes.length - 1]) expect(decodeState(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeState(new Uint8Array([...bytes, 0, 0, 0, 0]))).toBeUndefined();
    expect(decodeState(new TextEncoder().encode('{"format":"training/2"}'))).toBeUndefined();
  });

  /**
   * Checks that decoding gives undefined, or a valid state: every tensor has as many values as its shape requires, and
   * the state survives a round trip.
   */
  const expectSound = (bytes: Uint8Array): void => {
    const read = decodeState(bytes);
    if (read === undefined) return;
    for (const { shape, data } of [...read.weights.values(), ...read.momentum.values()])
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    expect(decodeState(encodeState(read))).toEqual(read);
  };

  it('is rejected or valid, whatever byte is changed', () => {
    const bytes = encodeState(state);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        expectSound(bytes.map((old, i) => (i === at ? byte : old)));
      }),
      { numRuns: 500 },
    );
  });

  it('is rejected or valid, whatever its header contains', () => {
    const shape = fc.array(fc.oneof(fc.nat(3), fc.integer(), fc.double(), fc.constant('2')), { maxLength: 3 });
    const tensor = fc.record({ part: fc.constantFrom('weights', 'momentum', 'toString'), name: fc.string(), shape });
    const head = fc.record(
      {
        format: fc.constantFrom('training/2', 'training/1'),
        epoch: fc.oneof(fc.integer(), fc.string()),
        history: fc.oneof(fc.array(fc.dictionary(fc.string(), fc.anything())), fc.anything()),
        tensors: fc.oneof(fc.array(tensor, { maxLength: 3 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 64 }), (given, data) => {
        const text = new TextEncoder().encode(
          JSON.stringify(given, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
        );
        const bytes = new Uint8Array(4 + text.length + data.length);
        new DataView(bytes.buffer).setUint32(0, text.length, true);
        bytes.set(text, 4);
        bytes.set(data, 4 + text.length);
        expectSound(bytes);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), expectSound));
  });

  it('fits the architecture whose weights it holds, and no other', () => {
    const architecture = buildArchitecture('small-conv', { filters: 2 });
    const weights = initialise(architecture, 'x');
    const some = new Map([...weights].slice(0, 2));
    const fits = (change: Partial<TrainingState>, name = 'small-conv', options = {}): boolean =>
      fitsArchitecture(
        { epoch: 1, history: [], weights, momentum: some, ...change },
        buildArchitecture(name, { filters: 2, ...options }),
      );
    expect(fits({})).toBe(true);
    expect(fits({}, 'small-conv', { filters: 4 })).toBe(false);
    expect(fits({}, 'resnet8')).toBe(false);
    expect(fits({ weights: some })).toBe(false);
    expect(fits({ momentum: new Map([['other', { shape: [1], data: new Float32Array(1) }]]) })).toBe(false);
  });
});
