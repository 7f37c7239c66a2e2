// Runs one program and returns its output, without interpreting it.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

export interface ProgramEnd {
  /** Exit code; null if a signal ended the program or if it could not start. */
  readonly code: number | null;
  readonly killedBy: string | null;
  readonly out: string;
  readonly err: string;
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program. If the program cannot start, `err` contains the reason. The promise rejects only if `signal` is
 * aborted.
 */
export function runProgram(file: string, args: readonly string[], options: ProgramOptions = {}): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', (error) => {
      if (options.signal?.aborted === true) reject(error);
      else resolve({ code: null, killedBy: null, out, err: error.message });
    });
    child.on('close', (code, killedBy) => {
      if (options.signal?.aborted !== true) resolve({ code, killedBy, out, err });
    });
  });
}

/** Returns the path of the first of these programs that is found on PATH; undefined if none is found. */
export function findProgram(names: readonly string[], env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return names
    .flatMap((name) => (path.isAbsolute(name) ? [name] : folders.map((folder) => path.join(folder, name))))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Returns the last `count` non-empty lines of a program's output as one text, for messages. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-count)
    .join('\n');
}
