// Where a result was computed: recorded beside the result, and not part of any key.
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The program and the machine that computed a result. */
export interface Environment {
  /** Version of this package. */
  readonly lethe: string;
  readonly node: string;
  readonly platform: string;
  readonly host: string;
  /** Null where no tensor library was loaded. */
  readonly backend: string | null;
}

let version: string | undefined;
let host: string | undefined;

/** Version of this package. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version;
  return version;
}

/** The package.json above this file, which lies deeper in src/ than in what is bundled. */
function packageFile(): URL {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder);
    if (existsSync(file)) return file;
    if (folder.pathname === '/') throw new Error('Lethe is not in a package: no package.json above it');
  }
}

export function environment(backend: string | null): Environment {
  return {
    lethe: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    // A system call; thousands of results are recorded in a run.
    host: (host ??= hostname()),
    backend,
  };
}
