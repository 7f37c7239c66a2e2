// Renders failures as text for people: position, headline, excerpt with the mistake underlined, labelled values,
// advice.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import pc from 'picocolors';
import type { Failure, SourceRange } from '../contracts/failure.ts';
import { positionOf } from './source-text.ts';
import type { Position } from './source-text.ts';
import { endOf, padRight, startOf, widthOf } from './text-width.ts';

export interface RenderOptions {
  readonly color?: boolean;
  /** Texts by path of the file. They are used instead of files on disk. */
  readonly sources?: ReadonlyMap<string, string>;
  /** Folder relative to which paths are shown, if that makes them shorter. Default: the current folder. */
  readonly folder?: string;
}

/** Largest number of failures shown. */
const MAX_SHOWN = 50;
const MAX_COLUMNS = 120;
const TAB = 4;

/** All failures as text for people, ending with a newline. */
export function renderFailures(failures: readonly Failure[], options: RenderOptions = {}): string {
  const read = sourceReader(options);
  const shown = failures.slice(0, MAX_SHOWN).map((failure) => renderOne(failure, { ...options, read }));
  const rest = failures.length - shown.length;
  const count =
    failures.length > 1 ? [`${failures.length} failures${rest > 0 ? `, ${rest} of them not shown` : ''}\n`] : [];
  return [...shown, ...count].join('\n');
}

/** One failure as text for people, ending with a newline. */
export function renderFailure(failure: Failure, options: RenderOptions = {}): string {
  return renderOne(failure, { ...options, read: sourceReader(options) });
}

type ReadSource = (file: string) => string | undefined;

/** Returns a function that reads each file only once. */
function sourceReader({ sources }: RenderOptions): ReadSource {
  const texts = new Map<string, string | undefined>(sources);
  return (file) => {
    if (!texts.has(file)) texts.set(file, readText(file));
    return texts.get(file);
  };
}

function readText(file: string): string | undefined {
  try {
    return new TextDecoder().decode(readFileSync(file));
  } catch {
    return undefined;
  }
}

interface Rendering extends RenderOptions {
  readonly read: ReadSource;
}

function renderOne(failure: Failure, options: Rendering): string {
  const { range, values = {}, help, step, item } = failure;
  const headline = printable(failure.headline);
  const paint = pc.createColors(options.color === true);
  const text = range && options.read(range.file);
  const at = range === undefined || text === undefined ? undefined : positionOf(text, range.start);
  const lines = [`${place(range, at, options)}${paint.red('error')}: ${paint.bold(headline)}`];
  if (range !== undefined && at !== undefined) lines.push(...excerpt(at, { range, options }));
  const all: Readonly<Record<string, string | number>> = {
    ...values,
    ...(range === undefined && step !== undefined ? { step } : {}),
    ...(item === undefined ? {} : { item }),
  };
  const width = Math.max(0, ...Object.keys(all).map(widthOf)) + 2;
  for (const [label, value] of Object.entries(all))
    lines.push(`  ${paint.dim(padRight(`${label}:`, width))}${indentMore(printable(String(value)), width + 2)}`);
  if (help !== undefined && help !== '') lines.push(`  ${paint.cyan(indentMore(printable(help), 2))}`);
  return `${lines.join('\n')}\n`;
}

/** Pattern of control characters, line separators, and characters that reverse the direction of writing. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Puts a space in place of every character that could move the cursor, change colours or reverse the text. Line breaks
 * are kept.
 */
function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (char) => (char === '\n' ? char : ' '));
}

function indentMore(text: string, columns: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(columns)}`);
}

function place(
  range: SourceRange | undefined,
  at: Position | undefined,
  { folder = process.cwd() }: Rendering,
): string {
  if (range === undefined) return '';
  const near = relative(folder, range.file);
  const file = near !== '' && near.length < range.file.length ? near : range.file;
  return at === undefined ? `${file}: ` : `${file}:${at.line}:${at.column}: `;
}

interface Excerpt {
  readonly range: SourceRange;
  readonly options: Rendering;
}

/**
 * Returns the line with the mistake, and below it a line that underlines the mistake. A long line is shortened to the
 * surroundings of the mistake. If the mistake spans several lines, only the first is shown.
 */
function excerpt({ line, text, start }: Position, { range, options }: Excerpt): readonly string[] {
  const paint = pc.createColors(options.color === true);
  const from = range.start - start;
  const to = Math.max(from + 1, Math.min(range.end - start, text.length));
  // A line may be megabytes long. Only this many characters before, in and after the mistake are processed.
  const near = 4 * MAX_COLUMNS;
  const before = expand(text.slice(Math.max(0, from - near), from));
  const marked = expand(text.slice(from, Math.min(to, from + near)), widthOf(before));
  const after = expand(text.slice(to, to + near), widthOf(before + marked));
  const [head, cut] = clipStart(before, MAX_COLUMNS / 2);
  const shown = clipEnd(cut + marked + after, MAX_COLUMNS);
  const squiggle = '~'.repeat(Math.max(1, Math.min(widthOf(marked), MAX_COLUMNS - widthOf(cut))));
  const gutter = `${line} | `;
  const blank = `${' '.repeat(String(line).length)} | `;
  const offset = ' '.repeat(widthOf(head) + widthOf(cut));
  return [`  ${paint.dim(gutter)}${head}${shown}`, `  ${paint.dim(blank)}${offset}${paint.red(squiggle)}`];
}

/**
 * Expands tabs to spaces, and replaces every other unprintable character by a space. `column` is the column where the
 * text begins.
 */
function expand(text: string, column = 0): string {
  const [first = '', ...rest] = text.replaceAll(UNPRINTABLE, (char) => (char === '\t' ? char : ' ')).split('\t');
  let expanded = first;
  for (const part of rest) expanded += ' '.repeat(TAB - ((column + widthOf(expanded)) % TAB)) + part;
  return expanded;
}

/** Shortens a text to at most `columns`, keeping its end. `head` is `... ` if something was omitted, else empty. */
function clipStart(text: string, columns: number): readonly [head: string, rest: string] {
  return widthOf(text) <= columns ? ['', text] : ['... ', endOf(text, columns - 4)];
}

function clipEnd(text: string, columns: number): string {
  return widthOf(text) <= columns ? text.trimEnd() : `${startOf(text, columns - 4)} ...`;
}
