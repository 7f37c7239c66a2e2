import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadBackend } from '../../src/compute/backend.ts';
import { findBackends } from '../../src/compute/find-backends.ts';
import { BACKEND_NAMES } from '../../src/runtime/contracts/backend-names.ts';
import { noWebgpu, useWebgpu } from './webgpu-here.ts';

describe('loadBackend', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('loads each backend found and makes it the active one', async () => {
    useWebgpu();
    for (const name of findBackends().filter((found) => found !== 'webgpu' || noWebgpu === undefined)) {
      const backend = await loadBackend(name);
      expect(backend.name).toBe(name);
      expect(backend.version).toMatch(/^\d+\.\d+/);
      expect(tf.getBackend()).toBe(name);
      const sum = tf.add([1, 2], [3, 4]);
      expect(Array.from(await sum.data())).toEqual([4, 6]);
      sum.dispose();
    }
  });

  it('takes the best one for auto, and LETHE_BACKEND as the default', async () => {
    vi.stubEnv('LETHE_WEBGPU', '/nowhere');
    expect((await loadBackend('auto')).name).toBe(findBackends()[0]);
    vi.stubEnv('LETHE_BACKEND', 'cpu');
    expect((await loadBackend()).name).toBe('cpu');
    vi.stubEnv('LETHE_BACKEND', '');
    expect((await loadBackend()).name).toBe(findBackends()[0]);
  });

  it('lists the backends if a name is unknown', async () => {
    await expect(loadBackend('abacus')).rejects.toMatchObject({
      failure: {
        reason: 'unknown-backend',
        headline: 'there is no backend abacus',
        help: `Backends: auto, ${BACKEND_NAMES.join(', ')}.`,
      },
    });
    vi.stubEnv('LETHE_BACKEND', 'wsam');
    await expect(loadBackend()).rejects.toMatchObject({
      failure: { reason: 'bad-setting', headline: expect.stringContaining('LETHE_BACKEND needs one of auto, ') },
    });
  });

  it('gives the error of a backend that cannot be loaded', async () => {
    vi.stubEnv('LETHE_TENSORFLOW', '/nowhere');
    vi.resetModules(); // otherwise the loaded backend would be reused
    const fresh = await import('../../src/compute/backend.ts');
    await expect(fresh.loadBackend('tensorflow')).rejects.toMatchObject({
      failure: {
        reason: 'no-backend',
        headline: 'the backend tensorflow could not be loaded: not installed; `lethe setup` installs it',
      },
    });
  });

  it('reports that tensorflow and webgpu are not installed, and auto continues with wasm', async () => {
    vi.stubEnv('LETHE_TENSORFLOW', '/nowhere');
    vi.stubEnv('LETHE_WEBGPU', '/nowhere');
    expect(findBackends()).toEqual(BACKEND_NAMES.filter((name) => name !== 'tensorflow' && name !== 'webgpu'));
    expect((await loadBackend('auto')).name).toBe('wasm');
  });
});
