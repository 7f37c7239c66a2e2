// CIFAR-10 records as the input of a network, for tests: read directly from the binary layout, not by the project's
// reader.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InputSpec } from '../../src/network/network.ts';
import { sharedData } from '../shared-data.ts';

export interface CifarImages {
  /** Normalised images [count, 32, 32, 3]. */
  readonly images: Float32Array;
  readonly labels: readonly number[];
}

export function cifarImages(input: InputSpec, start: number, count: number): CifarImages {
  const file = readFileSync(join(sharedData, 'cifar10/test_0000_0599.bin'));
  const images = new Float32Array(count * 3072);
  const labels: number[] = [];
  for (let k = 0; k < count; k++) {
    const record = file.subarray((start + k) * 3073, (start + k + 1) * 3073);
    labels.push(record[0] as number);
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < 1024; pixel++) {
        const value = (record[1 + channel * 1024 + pixel] as number) * input.scale;
        images[k * 3072 + pixel * 3 + channel] =
          (value - (input.mean[channel] as number)) / (input.std[channel] as number);
      }
    }
  }
  return { images, labels };
}
