// Converts an error that a node threw into a failure: its message, and the stack frames in the user's own files.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { failure, FailureError } from './failure.ts';
import type { Failure } from './failure.ts';

export interface Thrower {
  readonly step: string;
  readonly node: string;
  /** Node file of the user that defines the node; absent for built-in nodes. */
  readonly module?: string;
}

/**
 * Pattern for the file in a stack frame of V8: `at f (FILE:1:2)` or `at async FILE:1:2`. The file is an absolute path
 * or a file URL, and may contain spaces and brackets.
 */
const FILE = String.raw`((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)`;
const FRAME = new RegExp(String.raw`^at (?:.*? \(${FILE}\)|(?:async )?${FILE})$`);

/** Root folder of Lethe, both when it runs from source and when it runs as the built program. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));

/** Stack frames in the user's own files, as `file:line:column`. Frames of Lethe, Node and packages are left out. */
export function userFrames(error: Error): readonly string[] {
  return (error.stack ?? '').split('\n').flatMap((line) => {
    const groups = FRAME.exec(line.trim().replace(/, <anonymous>:\d+:\d+\)$/, ''))?.slice(1) ?? [];
    const [written = '', row = '', column = ''] = groups[0] ? groups : groups.slice(3);
    const file = fileOf(written);
    if (file === undefined || file.startsWith(OWN) || /[\\/]node_modules[\\/]/.test(file)) return [];
    return [`${file}:${row}:${column}`];
  });
}

/**
 * Path of a frame's file; undefined if no such file exists, as for a bundled user module that was loaded from memory.
 */
function fileOf(written: string): string | undefined {
  const bare = written.replace(/\?[^/]*$/, '');
  try {
    const file = bare.startsWith('file://') ? fileURLToPath(bare) : bare;
    return [file, written].find((path) => existsSync(path));
  } catch {
    return undefined; // not a valid file URL
  }
}

/**
 * Failure for a thrown value: a `FailureError` keeps its failure and gains the step, a full disk becomes `disk-full`,
 * anything else `node-threw`.
 */
export function describeThrow(thrown: unknown, { step, node, module }: Thrower, how?: string): Failure {
  if (thrown instanceof FailureError || isFailureError(thrown)) return { ...thrown.failure, step };
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const help = 'Free some space (lethe cache gc helps) and run again: everything finished so far is cached.';
    return failure('disk-full', { node, why: error.message, help }, { step });
  }
  const isOwn = module === undefined;
  const at = isOwn ? [] : userFrames(error).slice(0, 5);
  const message = error.message || error.name;
  return failure('node-threw', { node, message, isOwn, at, ...(how === undefined ? {} : { how }) }, { step });
}

/** Failure for a task whose process ended through an uncaught error. `how` describes how the error arose. */
export function describeStray(thrown: unknown, how: string, thrower: Thrower): Failure {
  return describeThrow(thrown, thrower, how);
}

/** Recognises a `FailureError` by its name, because a user's module may bundle its own copy of the class. */
function isFailureError(thrown: unknown): thrown is FailureError {
  return (
    thrown instanceof Error &&
    thrown.name === 'FailureError' &&
    typeof (thrown as Partial<FailureError>).failure?.headline === 'string'
  );
}
