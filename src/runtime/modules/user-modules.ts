// The user's own node types: files of their project, named in the pipeline, that export what `defineNode` returns.
import { statSync } from 'node:fs';
import { bundleModule, importBundle } from './bundle-module.ts';
import { checkDefinition } from './check-definition.ts';
import type { NodeDefinition } from '../contracts/define.ts';
import { FailureError } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';

export interface UserModuleContent {
  readonly definitions: readonly NodeDefinition[];
  /** The file and everything it imports relatively: their contents are the code that keys know. */
  readonly files: readonly string[];
}

/** Reads a file of node types, with all that is wrong with it. `path` is absolute. */
export async function readUserModule(path: string): Promise<Result<UserModuleContent>> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    return failed({
      reason: 'not-a-file',
      headline: `${path} is not a file`,
      help: 'Name a .ts or .js file that exports node types.',
    });
  const bundle = await bundleModule(path);
  if (!bundle.ok) return bundle;
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importBundle(bundle.value);
  } catch (error) {
    return failed(throws(error, path));
  }
  const candidates = Object.entries(exported).filter(([, value]) => looksLikeNode(value));
  if (candidates.length === 0) return failed(noNodes(path));
  const failures = candidates.flatMap(([name, value]) => checkDefinition(value, { name, file: path }));
  if (failures.length > 0) return { ok: false, failures };
  const definitions = [...new Set(candidates.map(([, value]) => value as NodeDefinition))];
  return { ok: true, value: { definitions, files: bundle.value.files } };
}

const failed = (failure: Failure): Result<never> => ({ ok: false, failures: [failure] });

/**
 * The node types of a user's file.
 *
 * @throws FailureError with the first thing that is wrong with it.
 */
export async function loadUserModule(path: string): Promise<readonly NodeDefinition[]> {
  return unwrap(await readUserModule(path), path).definitions;
}

/** Absolute paths of a user's file and of everything it imports relatively. */
export async function userModuleFiles(path: string): Promise<readonly string[]> {
  return unwrap(await bundleModule(path), path).files;
}

function unwrap<T>(result: Result<T>, path: string): T {
  if (result.ok) return result.value;
  throw new FailureError(result.failures[0] ?? { reason: 'bad-node-file', headline: `cannot read ${path}` });
}

/** Exports that are no node types (kinds, functions) are the user's own business. */
function looksLikeNode(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && ('run' in value || 'items' in value);
}

function noNodes(path: string): Failure {
  return {
    reason: 'bad-node-file',
    headline: 'this file exports no node type',
    values: { file: path },
    help: 'Write "export const myNode = defineNode({ ... })".',
  };
}

function throws(error: unknown, path: string): Failure {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const frame =
    error instanceof Error ? (error.stack ?? '').split('\n').find((line) => line.includes(path)) : undefined;
  const place = /:(\d+:\d+)\)?$/.exec(frame ?? '')?.[1];
  return {
    reason: 'bad-node-file',
    headline: `this file of node types fails when it is loaded: ${message}`,
    values: { file: place === undefined ? path : `${path}:${place}` },
  };
}
