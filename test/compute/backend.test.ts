import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadBackend } from '../../src/compute/backend.ts';
import { findBackends } from '../../src/compute/find-backends.ts';

describe('loadBackend', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('loads each backend found and makes it the active one', async () => {
    for (const name of findBackends()) {
      const backend = await loadBackend(name);
      expect(backend.name).toBe(name);
      expect(backend.version).toMatch(/^\d+\.\d+/);
      expect(tf.getBackend()).toBe(name);
      expect(Array.from(tf.tidy(() => tf.add([1, 2], [3, 4]).dataSync()))).toEqual([4, 6]);
    }
  });

  it('takes the best one for auto, and what LETHE_BACKEND says by default', async () => {
    expect((await loadBackend('auto')).name).toBe(findBackends()[0]);
    vi.stubEnv('LETHE_BACKEND', 'cpu');
    expect((await loadBackend()).name).toBe('cpu');
    vi.stubEnv('LETHE_BACKEND', '');
    expect((await loadBackend()).name).toBe(findBackends()[0]);
  });

  it('says what there is for a name it does not know', async () => {
    await expect(loadBackend('abacus')).rejects.toThrow(
      'there is no backend "abacus"; there are auto, tensorflow, wasm, cpu',
    );
  });

  it('says that tensorflow is not here, and auto goes on to wasm', async () => {
    vi.stubEnv('LETHE_TENSORFLOW', '/nowhere');
    expect(findBackends()).toEqual(['wasm', 'cpu']);
    expect((await loadBackend('auto')).name).toBe('wasm');
  });
});
