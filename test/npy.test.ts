import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseNpy, readNpy, readNpz } from './npy.ts';
import { hasSharedData, sharedData } from './shared-data.ts';

describe('reading arrays', () => {
  it('reads what the format says', () => {
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }".padEnd(117) + '\n';
    const bytes = Uint8Array.from([
      0x93,
      ...new TextEncoder().encode('NUMPY'),
      1,
      0,
      118,
      0,
      ...new TextEncoder().encode(header),
      ...new Uint8Array(Float64Array.of(0.5, -2).buffer),
    ]);
    expect(parseNpy(Buffer.from(bytes))).toEqual({ shape: [2, 1], data: Float64Array.of(0.5, -2) });
  });

  it.skipIf(!hasSharedData)('reads .npy and .npz (needs shared data)', () => {
    expect(readNpy(join(sharedData, 'golden/cifar10_resnet/resnet20_logits.npy')).shape).toEqual([16, 10]);
    const norms = readNpz(join(sharedData, 'golden/cifar10_resnet/resnet20_jacobian_column_norms.npz'));
    const stem = norms[Object.keys(norms).find((name) => name.includes('stem')) ?? ''];
    expect(stem?.data.length).toBe(3072);
    expect((stem?.data as Float64Array).reduce((sum, value) => sum + value, 0)).toBeCloseTo(6182.62975837277, 2); // jacobian.json
  });
});
