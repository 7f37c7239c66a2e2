// Chooses, loads and activates a backend. A process has one active backend at a time. Only the code in kernels/ may
// depend on which backend is active.
import { failure, FailureError } from '../runtime/contracts/failure.ts';
import { SETTINGS, readSetting } from '../runtime/contracts/settings.ts';
import { activate } from './backend-card.ts';
import type { Backend, BackendCard } from './backend-card.ts';
import { BACKENDS } from './backends.ts';
import { autoOrder } from './find-backends.ts';

export type { Backend } from './backend-card.ts';

const loaded = new Map<string, Promise<Backend>>();

/**
 * Loads a backend and makes it the active one of this process. `auto` takes the first backend of `autoOrder` that loads
 * and is not a software renderer.
 * @param name default: the environment variable LETHE_BACKEND, else `auto`
 * @throws FailureError `unknown-backend`, `bad-setting` (LETHE_BACKEND), or `no-backend` with the error of every
 * backend that was tried
 */
export async function loadBackend(name: string = backendSetting()): Promise<Backend> {
  const isAuto = name === 'auto';
  const wanted = (isAuto ? autoOrder() : [name]).flatMap((one) => BACKENDS.filter((card) => card.name === one));
  if (wanted.length === 0) {
    const known = ['auto', ...BACKENDS.map((card) => card.name)];
    throw new FailureError(failure('unknown-backend', { name, known }));
  }
  const tried: Record<string, string> = {};
  for (const card of wanted) {
    try {
      const skip = isAuto ? await card.whyNotAuto?.() : undefined;
      if (skip !== undefined) throw new Error(skip);
      const backend = await (loaded.get(card.name) ?? remember(card));
      await activate(card.name);
      return backend;
    } catch (error) {
      tried[card.name] = error instanceof Error ? error.message : String(error);
    }
  }
  throw new FailureError(failure('no-backend', { tried }));
}

function backendSetting(): string {
  const read = readSetting(SETTINGS.backend);
  if (!read.ok) throw new FailureError(read.failures[0]!);
  return read.value ?? 'auto';
}

function remember(card: BackendCard): Promise<Backend> {
  const promise = card.load();
  loaded.set(card.name, promise);
  promise.catch(() => loaded.delete(card.name)); // forget the failed attempt, so that the next call tries again
  const profile = readSetting(SETTINGS.profile);
  if (profile.ok && profile.value !== undefined) {
    const folder = profile.value;
    void promise.then(() => import('./kernel-profile.ts')).then((one) => one.profileProcess(folder));
  }
  return promise;
}
