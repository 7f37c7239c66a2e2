// Digests of everything that a graph reads from outside: files named in parameters, and the user's node files. Each
// digest is computed once per run.
import { dirname, relative } from 'node:path';
import type { Digest } from '../contracts/artifact.ts';
import { FailureError, failure } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import { digestFile, stillSame } from '../store/file-digest.ts';
import type { Graph, Step, UserModule } from '../contracts/graph.ts';
import { digestCode } from '../contracts/keys.ts';
import type { Store } from '../store/store.ts';

export interface SourceDigests {
  /** Digests by absolute path. */
  readonly files: ReadonlyMap<string, Digest>;
  /** Digests by index into `Graph.modules`. */
  readonly modules: readonly (ModuleDigest | undefined)[];
}

export interface ModuleDigest {
  readonly code: Digest;
  /** Digest of each file, by path relative to the module. */
  readonly files: Readonly<Record<string, Digest>>;
}

/** Computes the digests of all files and modules of these steps. Fails for a file that is missing or cannot be read. */
export async function digestSources(
  graph: Graph,
  steps: readonly Step[],
  store: Store,
): Promise<Result<SourceDigests>> {
  const users = new Map<string, string>();
  const modules = new Set<number>();
  for (const step of steps) {
    for (const file of step.files) if (!users.has(file.path)) users.set(file.path, step.name);
    if (step.module !== undefined) modules.add(step.module);
  }
  const code = [...modules].map((index) => graph.modules[index]).filter((module) => module !== undefined);
  for (const module of code) for (const path of module.files) if (!users.has(path)) users.set(path, '');
  const failures: Failure[] = [];
  const files = new Map<string, Digest>();
  await Promise.all(
    [...users].map(async ([path, step]) => {
      try {
        files.set(path, await digestFile(path, store));
      } catch (error) {
        failures.push(unreadable(error, path, step));
      }
    }),
  );
  if (failures.length > 0) return { ok: false, failures };
  return {
    ok: true,
    value: {
      files,
      modules: graph.modules.map((module, i) => (modules.has(i) ? digestModule(module, files) : undefined)),
    },
  };
}

function unreadable(error: unknown, path: string, step: string): Failure {
  const named = step === '' ? {} : { step };
  if (error instanceof FailureError) return { ...error.failure, ...named };
  return failure('unreadable-file', { path, why: (error as Error).message }, named);
}

/**
 * Computes the digest of a user's module. The digest covers paths relative to the module, so it is the same in every
 * working copy.
 */
function digestModule({ path, files }: UserModule, digests: ReadonlyMap<string, Digest>): ModuleDigest {
  const from = dirname(path);
  const entries = files.map(
    (file) => [relative(from, file).replaceAll('\\', '/'), digests.get(file) as Digest] as const,
  );
  return { code: digestCode(entries), files: Object.fromEntries(entries) };
}

/** Paths of the files of a step that changed since their digests were computed. */
export async function changedSources(
  graph: Graph,
  step: Step,
  digests: SourceDigests,
  store: Store,
): Promise<readonly string[]> {
  const paths = [
    ...step.files.map((file) => file.path),
    ...(step.module === undefined ? [] : (graph.modules[step.module]?.files ?? [])),
  ];
  const changed: string[] = [];
  for (const path of new Set(paths)) {
    const digest = digests.files.get(path);
    if (digest !== undefined && !(await stillSame(path, digest, store))) changed.push(path);
  }
  return changed;
}
