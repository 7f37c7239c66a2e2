// Turns an error that a node threw into a failure: its message, and the lines of the stack that are the user's own.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { failure, FailureError } from './failure.ts';
import type { Failure } from './failure.ts';

export interface Thrower {
  readonly step: string;
  readonly node: string;
  /** The user's node file, if the node is of one. */
  readonly module?: string;
}

/** A frame of V8: `at f (FILE:1:2)`, `at async FILE:1:2`. A file is absolute, or a file address; blanks and brackets may be in it. */
const FILE = String.raw`((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)`;
const FRAME = new RegExp(String.raw`^at (?:.*? \(${FILE}\)|(?:async )?${FILE})$`);

/** Where Lethe itself is, built or not. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));

/** `file:line:column` of the stack's frames that are the user's own: neither Lethe's, nor Node's, nor a package's. */
export function userFrames(error: Error): readonly string[] {
  return (error.stack ?? '').split('\n').flatMap((line) => {
    const groups = FRAME.exec(line.trim().replace(/, <anonymous>:\d+:\d+\)$/, ''))?.slice(1) ?? [];
    const [written = '', row = '', column = ''] = groups[0] ? groups : groups.slice(3);
    const file = fileOf(written);
    if (file === undefined || file.startsWith(OWN) || /[\\/]node_modules[\\/]/.test(file)) return [];
    return [`${file}:${row}:${column}`];
  });
}

/** The file of a frame as a path; undefined where no such file is, e.g. where the bundle of a user's module was. */
function fileOf(written: string): string | undefined {
  const bare = written.replace(/\?[^/]*$/, '');
  try {
    const file = bare.startsWith('file://') ? fileURLToPath(bare) : bare;
    return [file, written].find((path) => existsSync(path));
  } catch {
    return undefined; // no address of a file
  }
}

/** A failure passes through, with the step; anything else becomes `node-threw`, a full disk `disk-full`. */
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

/** The failure of a task whose process is lost to an error that nothing caught; `how` says which kind of error. */
export function describeStray(thrown: unknown, how: string, thrower: Thrower): Failure {
  return describeThrow(thrown, thrower, how);
}

/** A user's module may carry its own copy of the class. */
function isFailureError(thrown: unknown): thrown is FailureError {
  return (
    thrown instanceof Error &&
    thrown.name === 'FailureError' &&
    typeof (thrown as Partial<FailureError>).failure?.headline === 'string'
  );
}
