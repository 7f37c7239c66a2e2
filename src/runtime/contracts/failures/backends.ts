// Tensor backends: finding, loading and using them.
import type { Words } from '../words.ts';

/** Advice after a GPU failure: finished work is in the cache. */
const AGAIN = 'Finished steps and items are cached: run again.';

export const backendsFailures = {
  /** No backend has the requested name. */
  'unknown-backend': ({ name, known }: { readonly name: string; readonly known: readonly string[] }): Words => ({
    headline: `there is no backend ${name === '' ? '""' : name}`,
    help: `Backends: ${known.join(', ')}.`,
  }),
  /** None of the backends that were tried could be loaded. `tried` holds the error of each backend, by name. */
  'no-backend': ({ tried }: { readonly tried: Readonly<Record<string, string>> }): Words => {
    const [[name, why] = ['', ''], ...others] = Object.entries(tried);
    const help = '`lethe doctor` lists the backends that work here; choose one with --backend or LETHE_BACKEND.';
    return others.length === 0
      ? { headline: `the backend ${name} could not be loaded: ${why}`, help }
      : { headline: 'no tensor backend could be loaded', values: tried, help };
  },
  /** The packages of a backend are not installed; `command` installs them. */
  'backend-not-installed': ({ name, command }: { readonly name: string; readonly command: string }): Words => ({
    headline: `the backend ${name} is not installed; \`${command}\` installs it`,
  }),
  /** WebGPU loads but finds no GPU; `missing` names what the system lacks. */
  'no-gpu': ({ missing }: { readonly missing: string }): Words => ({ headline: `no GPU was found: ${missing}` }),
  /** The driver reported the GPU as lost (WebGPU "device lost"). */
  'gpu-lost': ({ because }: { readonly because: string }): Words => ({
    headline: 'the GPU was lost while it was in use',
    values: { because },
    help: `${AGAIN} If it happens again, choose another backend, e.g. --backend wasm.`,
  }),
  /** A tensor does not fit into the memory of the GPU. */
  'gpu-memory': ({ because }: { readonly because: string }): Words => ({
    headline: 'the memory of the GPU is not enough',
    values: { because },
    help: `Try a smaller batch, --jobs 1, or another backend, e.g. --backend wasm. ${AGAIN}`,
  }),
  /** The GPU rejected a command. */
  'gpu-refused': ({ because }: { readonly because: string }): Words => ({
    headline: 'the GPU rejected a command',
    values: { because },
    help: `Choose another backend, e.g. --backend wasm. ${AGAIN}`,
  }),
} as const;
