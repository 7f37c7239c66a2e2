import { describe, expect, it } from 'vitest';
import { decodeState, encodeState, type TrainingState } from '../../../../src/nodes/networks/training/checkpoint.ts';

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
  it('comes back bit for bit', () => {
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  it('is not taken when cut, too long or of another format', () => {
    const bytes = encodeState(state);
    for (const length of [0, 3, 10, bytes.length - 1]) expect(decodeState(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeState(new Uint8Array([...bytes, 0, 0, 0, 0]))).toBeUndefined();
    expect(decodeState(new TextEncoder().encode('{"format":"training/2"}'))).toBeUndefined();
  });
});
