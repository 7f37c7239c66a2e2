// The names of the tensor backends, best first. By themselves, so that who only checks a name does not load the tensor library.
export const BACKENDS = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What `--backend` and LETHE_BACKEND may say; `auto` is the first that loads, see find-backends.ts. */
export const BACKEND_CHOICES = ['auto', ...BACKENDS] as const;
