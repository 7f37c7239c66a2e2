// The one place where failures become text: place, headline, excerpt with a squiggle, labelled values, what to do.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import pc from 'picocolors';
import type { Failure, SourceRange } from '../contracts/failure.ts';
import { positionOf } from './source-text.ts';
import type { Position } from './source-text.ts';

export interface RenderOptions {
  readonly color?: boolean;
  /** Texts by file, for what is not (or no longer) on disk. */
  readonly sources?: ReadonlyMap<string, string>;
  /** Paths are told relative to this folder where that is shorter. */
  readonly folder?: string;
}

/** More failures than this tell nobody anything. */
const MAX_SHOWN = 50;
const MAX_COLUMNS = 120;
const TAB = 4;

/** All failures as text for people, ending in a line feed. */
export function renderFailures(failures: readonly Failure[], options: RenderOptions = {}): string {
  const read = sourceReader(options);
  const shown = failures.slice(0, MAX_SHOWN).map((failure) => renderOne(failure, { ...options, read }));
  const rest = failures.length - shown.length;
  const count =
    failures.length > 1 ? [`${failures.length} failures${rest > 0 ? `, ${rest} of them not shown` : ''}\n`] : [];
  return [...shown, ...count].join('\n');
}

/** One failure as text for people, ending in a line feed. */
export function renderFailure(failure: Failure, options: RenderOptions = {}): string {
  return renderOne(failure, { ...options, read: sourceReader(options) });
}

type ReadSource = (file: string) => string | undefined;

/** Reads each file once. */
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
  const { range, values = {}, help, step } = failure;
  const headline = printable(failure.headline);
  const paint = pc.createColors(options.color === true);
  const text = range && options.read(range.file);
  const at = range === undefined || text === undefined ? undefined : positionOf(text, range.start);
  const lines = [`${place(range, at, options)}${paint.red('error')}: ${paint.bold(headline)}`];
  if (range !== undefined && at !== undefined) lines.push(...excerpt(at, { range, options }));
  const all: Readonly<Record<string, string | number>> = {
    ...values,
    ...(range === undefined && step !== undefined ? { step } : {}),
  };
  const width = Math.max(0, ...Object.keys(all).map((label) => label.length)) + 2;
  for (const [label, value] of Object.entries(all))
    lines.push(`  ${paint.dim(`${label}:`.padEnd(width))}${indentMore(printable(String(value)), width + 2)}`);
  if (help !== undefined && help !== '') lines.push(`  ${paint.cyan(indentMore(printable(help), 2))}`);
  return `${lines.join('\n')}\n`;
}

/** Control characters, line separators, and what reverses the direction of writing. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What files and values hold cannot move the cursor, change colours or turn text around. */
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

/** The line with what is wrong underlined; of a long line only the neighbourhood, of many lines the first. */
function excerpt({ line, text, start }: Position, { range, options }: Excerpt): readonly string[] {
  const paint = pc.createColors(options.color === true);
  const from = range.start - start;
  const to = Math.max(from + 1, Math.min(range.end - start, text.length));
  // Lines may have megabytes; no more than this is ever shown.
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

/** Tabs as spaces up to the next stop; what would move the cursor as a blank. */
function expand(text: string, column = 0): string {
  let expanded = '';
  for (const char of text) {
    const at = column + widthOf(expanded);
    expanded += char === '\t' ? ' '.repeat(TAB - (at % TAB)) : char.replace(UNPRINTABLE, ' ');
  }
  return expanded;
}

/** Leaves at most `columns` at the end; the first part says that something is missing. */
function clipStart(text: string, columns: number): readonly [head: string, rest: string] {
  if (widthOf(text) <= columns) return ['', text];
  const chars = Array.from(text);
  let rest = '';
  for (let i = chars.length - 1; i >= 0 && widthOf((chars[i] ?? '') + rest) <= columns - 4; i--)
    rest = (chars[i] ?? '') + rest;
  return ['... ', rest];
}

function clipEnd(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text.trimEnd();
  let kept = '';
  for (const char of text) {
    if (widthOf(kept + char) > columns - 4) break;
    kept += char;
  }
  return `${kept} ...`;
}

/** Columns a text takes in a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char.codePointAt(0) ?? 0, char);
  return width;
}

function charWidth(code: number, char: string): number {
  if (code < 0x300) return 1;
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(char)) return 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/** East Asian wide and full-width characters, and emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
