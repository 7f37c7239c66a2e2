// Says where a result was computed. It is kept beside the result and is in no key.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ResultRecord } from './store/store.ts';

let version: string | undefined;
let host: string | undefined;

/** Version of this package. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
  return version;
}

export function environment(backend: string | null): ResultRecord['environment'] {
  return {
    lethe: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    // A system call; thousands of results are recorded in a run.
    host: (host ??= hostname()),
    backend,
  };
}
