// Formats a table as text for the terminal. Columns are shown in order of importance as far as the width allows, with
// standard errors beside values and a bar for columns that the kind marks with `bar`. Values that are equal in all rows
// are listed once below the table. A column appears only together with the columns that the kind names in its `beside`.
import type { Cell, Column, Table } from '../../runtime/contracts/artifact.ts';
import { padLeft, padRight, widthOf } from '../../runtime/authoring/text-width.ts';
import { formatNumber, formatWithError } from './format-number.ts';

/** The parts of a table that are needed to show it. */
export type TableView = Pick<Table, 'columns' | 'length' | 'cells'>;

const BAR_WIDTH = 24;
const MAX_ROWS = 60;

export function renderTable(table: TableView, width: number): string {
  if (table.length === 0) return '(no rows)\n';
  const { columns } = table;
  const errors = new Set(Object.values(columns).flatMap(({ error }) => error ?? []));
  const names = Object.keys(columns).filter(
    (name) => columns[name]?.type !== 'float32[]' && !errors.has(name) && !isAbsent(table, name),
  );
  const constant =
    table.length > 1 ? names.filter((name) => columns[name]?.bar !== true && isConstant(table, name)) : [];
  const shown = together(
    columns,
    names.filter((name) => !constant.includes(name)),
  );
  const fitting = choose(table, shown, width);
  const left = shown.slice(fitting.length);
  // In a single row every value is trivially equal, so only the columns that do not fit are listed below the table.
  const [equal, hidden] = table.length === 1 ? [left, []] : [constant, left];
  return [...layOut(fitting), '', ...footer(table, equal, hidden)].join('\n').concat('\n');
}

/** Orders columns: the columns named in `beside` of a column follow it directly. */
function together(columns: TableView['columns'], names: readonly string[]): readonly string[] {
  const ordered = new Set<string>();
  for (const name of names) {
    ordered.add(name);
    for (const other of columns[name]?.beside ?? []) if (names.includes(other)) ordered.add(other);
  }
  return [...ordered];
}

/**
 * Chooses the columns to show: as many as fit into `width`. A column and the columns in its `beside` are a group, which
 * is shown as a whole or not at all. The columns up to the end of the first group are always shown.
 */
function choose(table: TableView, shown: readonly string[], width: number): readonly TextColumn[] {
  const ends = shown.map((name) =>
    Math.max(...[name, ...(table.columns[name]?.beside ?? [])].map((other) => shown.indexOf(other) + 1)),
  );
  const needed = ends.find((end, index) => end > index + 1) ?? 1;
  let texts = shown.map((name) => textsOf(table, name, true));
  // Bars are left out if the columns that are always shown would not fit otherwise.
  if (fit(texts, width) < needed) texts = shown.map((name) => textsOf(table, name, false));
  let count = Math.max(fit(texts, width), needed);
  const cut = ends.findIndex((end, index) => index < count && end > count);
  if (cut >= needed) count = cut;
  return texts.slice(0, count);
}

/**
 * True for a column without information: it is null in all rows, or it counts only values of columns that are null in
 * all rows.
 */
function isAbsent({ columns, cells, length }: TableView, name: string): boolean {
  const isNull = (other: string): boolean => cells(other).every((cell) => cell === null);
  const counted = Object.keys(columns).filter((other) => columns[other]?.count === name);
  return length > 0 && (isNull(name) || (counted.length > 0 && counted.every(isNull)));
}

interface TextColumn {
  readonly title: string;
  readonly texts: readonly string[];
  readonly right: boolean;
}

function textsOf(table: TableView, name: string, withBars: boolean): TextColumn {
  const column = table.columns[name];
  const cells = table.cells(name).slice(0, MAX_ROWS);
  const errors = errorsOf(table, name);
  const bar = withBars && column?.bar === true ? bars(cells) : undefined;
  const texts = cells.map((cell, row) => {
    const text = cellText(cell, errors[row] ?? null);
    return bar === undefined ? text : `${text}  ${bar[row] ?? ''}`;
  });
  const right = column !== undefined && ['int32', 'float64'].includes(column.type) && bar === undefined;
  return { title: `${name}${unitOf(column, ' [', ']')}`, texts, right };
}

/** Standard errors of the cells of a column; empty if the column has none. */
function errorsOf({ columns, cells }: TableView, name: string): readonly Cell[] {
  const error = columns[name]?.error;
  return error !== undefined && columns[error] !== undefined ? cells(error) : [];
}

function unitOf(column: Column | undefined, before: string, after = ''): string {
  return column?.unit === undefined || column.unit === '1' ? '' : `${before}${column.unit}${after}`;
}

function cellText(value: Cell, error: Cell): string {
  if (value === null) return '-';
  if (typeof value === 'number') return typeof error === 'number' ? formatWithError(value, error) : formatNumber(value);
  if (value instanceof Float32Array) return `[${value.length}]`;
  const text = String(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}

/** Draws bars whose length grows from the least to the greatest value of the column. The shortest bar is not empty. */
function bars(values: readonly Cell[]): string[] {
  const numbers = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const least = Math.min(...numbers);
  const range = Math.max(...numbers) - least;
  return values.map((value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return ''.padEnd(BAR_WIDTH);
    const length = range > 0 ? 1 + ((value - least) / range) * (BAR_WIDTH - 1) : BAR_WIDTH / 2;
    return '█'.repeat(Math.round(length)).padEnd(BAR_WIDTH);
  });
}

/** True if all rows have the same value and the same standard error. */
function isConstant(table: TableView, name: string): boolean {
  return [table.cells(name), errorsOf(table, name)].every((cells) => cells.every((cell) => Object.is(cell, cells[0])));
}

const columnWidth = (column: TextColumn): number => Math.max(widthOf(column.title), ...column.texts.map(widthOf));

/** Number of columns that fit, at least one. */
function fit(columns: readonly TextColumn[], width: number): number {
  let used = 0;
  let count = 0;
  for (const column of columns) {
    used += columnWidth(column) + (count > 0 ? 2 : 0);
    if (used > width && count > 0) return count;
    count += 1;
  }
  return count;
}

function layOut(columns: readonly TextColumn[]): string[] {
  const widths = columns.map(columnWidth);
  const line = (texts: readonly string[]): string =>
    columns
      .map(({ right }, index) => {
        const text = texts[index] ?? '';
        return (right ? padLeft : padRight)(text, widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd();
  const height = columns[0]?.texts.length ?? 0;
  return [
    line(columns.map((column) => column.title)),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...Array.from({ length: height }, (_, row) => line(columns.map((column) => column.texts[row] ?? ''))),
  ];
}

function footer(table: TableView, equal: readonly string[], hidden: readonly string[]): string[] {
  const said = equal.map((name) => {
    const text = cellText(table.cells(name)[0] ?? null, errorsOf(table, name)[0] ?? null);
    return `${name} ${text}${unitOf(table.columns[name], ' ')}`;
  });
  const lines = said.length > 0 ? [`${table.length > 1 ? 'in all rows' : 'also'}: ${said.join(', ')}`] : [];
  if (table.length > MAX_ROWS) lines.push(`${table.length - MAX_ROWS} more rows; --format csv prints all`);
  if (hidden.length > 0) lines.push(`more columns in the file: ${hidden.join(', ')}`);
  return lines;
}
