// Converts an error that a node threw into a failure: its message, and the stack frames in the user's own files.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
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
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const help = 'Free some space (lethe cache gc helps) and run again: everything finished so far is cached.';
    return failure('disk-full', { node, why: messageOf(thrown), help }, { step });
  }
  const isOwn = module === undefined;
  const at = isOwn || !(thrown instanceof Error) ? [] : userFrames(thrown).slice(0, 5);
  const told = { message: messageOf(thrown), causes: causesOf(thrown) };
  return failure('node-threw', { node, ...told, isOwn, at, ...(how === undefined ? {} : { how }) }, { step });
}

/** Message of a thrown value, which may be anything. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 3, breakLength: Infinity });
}

/** Longest list of causes that is told. */
const MOST_CAUSES = 10;

/** Messages of the errors behind a thrown value: its `cause`, the cause of that, the parts of an `AggregateError`. */
export function causesOf(thrown: unknown): readonly string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>([thrown]);
  const waiting = behind(thrown);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (seen.has(next.error)) continue;
    seen.add(next.error);
    if (causes.length === MOST_CAUSES) return [...causes, 'further causes are left out'];
    causes.push(messageOf(next.error));
    waiting.unshift(...behind(next.error));
  }
  return causes;
}

/** Errors directly behind a thrown value, wrapped, because a cause may be `undefined`. */
function behind(thrown: unknown): { readonly error: unknown }[] {
  if (!(thrown instanceof Error)) return [];
  const parts: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  const causes = thrown.cause === undefined ? parts : [...parts, thrown.cause];
  return causes.map((error) => ({ error }));
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
