// Reads text files written by users, up to a size limit, and converts offsets to lines and columns.
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { formatBytes } from '../contracts/byte-size.ts';
import { failed, failure } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';

export const MAX_PIPELINE_BYTES = 8 * 1024 * 1024;

/** Reads a YAML file as text, without a byte order mark. A file that is too large is refused before it is read. */
export function readSource(file: string, what: string): Result<string> {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    return failed(unreadable(file, what, error));
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) return failed(failure('not-a-file', { path: file, what, isFolder: stats.isDirectory() }));
    if (stats.size > MAX_PIPELINE_BYTES) {
      const [size, allowed] = [formatBytes(stats.size), formatBytes(MAX_PIPELINE_BYTES)];
      return failed(failure('file-too-large', { path: file, what, size, allowed }));
    }
    const bytes = readFileSync(handle);
    // A NUL byte means UTF-16, UTF-32 or a binary file. The failure has no position, because no line could be shown.
    if (bytes.includes(0)) return failed(failure('not-text', { path: file, what }));
    return isUtf8(bytes) ? { ok: true, value: decode(bytes) } : failed(notUtf8(file, what, bytes));
  } catch (error) {
    return failed(unreadable(file, what, error));
  } finally {
    closeSync(handle);
  }
}

/** Decodes UTF-8. Invalid bytes become U+FFFD, and a byte order mark is dropped. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function unreadable(file: string, what: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT'
    ? failure('missing-file', { file, what })
    : failure('unreadable-file', { path: file, what, why: code ?? message });
}

function notUtf8(file: string, what: string, bytes: Uint8Array): Failure {
  const text = decode(bytes);
  // Finds the first line with invalid UTF-8. The byte 0x0A is always a line break, even next to invalid bytes.
  let start = 0;
  let end = bytes.indexOf(0x0a);
  let line = 1;
  while (end >= 0 && isUtf8(bytes.subarray(start, end))) {
    start = end + 1;
    end = bytes.indexOf(0x0a, start);
    line++;
  }
  const from = offsetOfLine(text, line);
  const to = text.indexOf('\n', from);
  return failure(
    'not-utf8',
    { path: file, what, line },
    { range: { file, start: from, end: to < 0 ? text.length : to } },
  );
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let i = 1; i < line; i++) offset = text.indexOf('\n', offset) + 1;
  return offset;
}

/** A position for people. Lines and columns are counted from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** Text of the line, without its end. */
  readonly text: string;
  /** Offset of the beginning of the line. */
  readonly start: number;
}

/** Offsets of the beginnings of all lines. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** Index (from 0) of the line that contains an offset. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function positionOf(text: string, offset: number, starts: readonly number[] = lineStarts(text)): Position {
  const at = Math.min(Math.max(offset, 0), text.length);
  const index = lineAt(starts, at);
  const start = starts[index] ?? 0;
  const end = index + 1 < starts.length ? (starts[index + 1] ?? 0) - 1 : text.length;
  return {
    line: index + 1,
    column: Array.from(text.slice(start, at)).length + 1,
    text: text.slice(start, end).replace(/\r$/, ''),
    start,
  };
}
