// Environment of a computation: the program and the machine. It is recorded beside the result and enters no key.
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The program and the machine that computed a result. */
export interface Environment {
  /** Version of the package `lethe`. */
  readonly lethe: string;
  readonly node: string;
  readonly platform: string;
  readonly host: string;
  /** Tensor backend; null if no tensor library was loaded. */
  readonly backend: string | null;
}

let version: string | undefined;
let host: string | undefined;

/** Version of this package, from its package.json. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version;
  return version;
}

/**
 * Location of the nearest package.json above this file. The number of folders in between differs between src/ and the
 * bundled program.
 */
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
    // cached, because `hostname()` is a system call and a run records thousands of results
    host: (host ??= hostname()),
    backend,
  };
}
