// Turns whatever a node threw into a failure: its message, and of the stack only the lines that are the user's own.
import { fileURLToPath } from 'node:url';
import { FailureError } from './failure.ts';
import type { Failure } from './failure.ts';

export interface Thrower {
  readonly step: string;
  readonly node: string;
  /** The user's node file, if the node is of one. */
  readonly module?: string;
}

const FRAME = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()\s]+?):(\d+):(\d+)\)?$/;

/** Where Lethe itself is, built or not. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));

/** `file:line:col` of the stack's frames that are the user's own. */
function places(error: Error, module: string | undefined): readonly string[] {
  if (module === undefined) return [];
  const frames: string[] = [];
  for (const line of (error.stack ?? '').split('\n')) {
    const match = FRAME.exec(line.trim());
    if (!match) continue;
    const file = (match[1] ?? '').replace(/^file:\/\//, '').replace(/\?.*$/, '');
    if (file.startsWith(OWN) || file.includes('/node_modules/')) continue;
    frames.push(`${file}:${match[2]}:${match[3]}`);
  }
  return frames;
}

/** A failure of the catalogue passes through; anything else becomes `node-threw`. */
export function describeThrow(thrown: unknown, thrower: Thrower): Failure {
  if (thrown instanceof FailureError || isFailureError(thrown)) return { ...thrown.failure, step: thrower.step };
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      reason: 'disk-full',
      headline: 'the disk is full',
      values: { node: thrower.node, message: error.message },
      help: 'Free some space (lethe cache gc helps) and run again: nothing is lost.',
      step: thrower.step,
    };
  }
  const at = places(error, thrower.module).slice(0, 5);
  return {
    reason: 'node-threw',
    headline: `${thrower.node} failed: ${error.message || error.name}`,
    values: { node: thrower.node, ...(at.length ? { at: at.join(', ') } : {}) },
    help: thrower.module === undefined ? OWN_NODE : USER_NODE,
    step: thrower.step,
  };
}

const USER_NODE = 'Mend the node and run again: finished steps and items are kept.';
const OWN_NODE = 'If this does not say what to change in the pipeline, it is a mistake in lethe: please report it.';

/** The failure of a task whose process is lost to an error that nothing caught. */
export function describeStray(thrown: unknown, how: string, thrower: Thrower): Failure {
  const failure = describeThrow(thrown, thrower);
  const help = thrower.module === undefined ? OWN_NODE : `Await every promise within \`run\`. ${USER_NODE}`;
  return failure.reason === 'node-threw' ? { ...failure, values: { ...failure.values, how }, help } : failure;
}

/** A user's module may carry its own copy of the class. */
function isFailureError(thrown: unknown): thrown is FailureError {
  return (
    thrown instanceof Error &&
    thrown.name === 'FailureError' &&
    typeof (thrown as Partial<FailureError>).failure?.headline === 'string'
  );
}
