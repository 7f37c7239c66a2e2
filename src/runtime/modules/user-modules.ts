// Reads the user's node files: files named in the pipeline that export node types made by `defineNode`.
import { statSync } from 'node:fs';
import { bundleModule, importBundle } from './bundle-module.ts';
import { checkDefinition } from './check-definition.ts';
import type { NodeDefinition } from '../contracts/define.ts';
import { causesOf, messageOf, userFrames } from '../contracts/describe-throw.ts';
import { fail, failure } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';

export interface UserModuleContent {
  readonly definitions: readonly NodeDefinition[];
  /**
   * Absolute paths of the node file and of all its relative imports. Their contents enter the keys of the steps that
   * use the file.
   */
  readonly files: readonly string[];
}

/** Reads the node file at an absolute path, and reports all mistakes in it. */
export async function readUserModule(path: string): Promise<Result<UserModuleContent>> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    return failed(failure('not-a-file', { path, help: 'Name a .ts or .js file that exports node types.' }));
  const bundle = await bundleModule(path);
  if (!bundle.ok) return bundle;
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await withoutExit(() => importBundle(bundle.value));
  } catch (error) {
    const [at = path] = error instanceof Error ? userFrames(error) : [];
    return failed(failure('node-file-throws', { message: messageOf(error), causes: causesOf(error), at }));
  }
  const candidates = Object.entries(exported).filter(([, value]) => looksLikeNode(value));
  if (candidates.length === 0) return failed(failure('no-node-types', { file: path }));
  const failures = candidates.flatMap(([name, value]) => checkDefinition(value, { name, file: path }));
  if (failures.length > 0) return { ok: false, failures };
  const definitions = [...new Set(candidates.map(([, value]) => value as NodeDefinition))];
  return { ok: true, value: { definitions, files: bundle.value.files } };
}

const exit = process.exit.bind(process);

/** Loads a user's file. `process.exit` throws meanwhile, because it would end the run without a message. */
async function withoutExit<T>(load: () => Promise<T>): Promise<T> {
  process.exit = (code): never => {
    throw new Error(`process.exit(${code ?? ''}) was called while the file was loaded`);
  };
  try {
    return await load();
  } finally {
    process.exit = exit;
  }
}

const failed = (one: Failure): Result<never> => ({ ok: false, failures: [one] });

/**
 * Loads the node types of a user's file.
 * @throws FailureError with the first mistake in the file
 */
export async function loadUserModule(path: string): Promise<readonly NodeDefinition[]> {
  return unwrap(await readUserModule(path), path).definitions;
}

/** Absolute paths of a user's file and of all its relative imports. */
export async function userModuleFiles(path: string): Promise<readonly string[]> {
  return unwrap(await bundleModule(path), path).files;
}

function unwrap<T>(result: Result<T>, path: string): T {
  if (result.ok) return result.value;
  return fail(result.failures[0] ?? failure('no-node-types', { file: path }));
}

/** True for an export that should be a node type. Other exports (kinds, functions) are not checked. */
function looksLikeNode(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && ('run' in value || 'items' in value);
}
