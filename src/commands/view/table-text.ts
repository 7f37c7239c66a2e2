// A table for the terminal: columns in the order of importance as far as the width allows, values with their errors,
// a bar for the column the kind marks, and what is equal in all rows said once below.
import type { Cell, Column, Row } from '../../runtime/contracts/artifact.ts';
import { padLeft, padRight, widthOf } from '../../runtime/authoring/text-width.ts';
import { formatNumber, formatWithError } from './format-number.ts';

export interface TableView {
  readonly columns: Readonly<Record<string, Column>>;
  readonly rows: readonly Row[];
}

const BAR_WIDTH = 24;
const MAX_ROWS = 60;

export function renderTable(table: TableView, width: number): string {
  if (table.rows.length === 0) return '(no rows)\n';
  const names = Object.keys(table.columns).filter((name) => table.columns[name]?.type !== 'float32[]');
  const constant =
    table.rows.length > 1
      ? names.filter(
          (name) =>
            isConstant(table.rows, name) && isConstant(table.rows, `${name}_se`) && table.columns[name]?.bar !== true,
        )
      : [];
  const absent = names.filter((name) => isAbsent(table, name));
  const shown = important(
    names.filter((name) => !constant.includes(name) && !absent.includes(name) && !isErrorOf(name, names)),
  );
  const needed = Math.max(...NEEDED.map((name) => shown.indexOf(name))) + 1;
  let cells = shown.map((name) => cellsOf(table, name));
  // Numbers before their picture.
  if (fit(cells, width) < needed) cells = shown.map((name) => cellsOf(table, name, false));
  const fitting = Math.max(fit(cells, width), needed);
  const lines = layOut(cells.slice(0, fitting));
  const left = shown.slice(fitting);
  // Of a single row all can be said.
  const [equal, hidden] =
    table.rows.length === 1
      ? [left, []]
      : [constant.filter((name) => !absent.includes(name) && !isErrorOf(name, names)), left];
  return [...lines, '', ...footer(table, equal, hidden)].join('\n').concat('\n');
}

/** A SID says nothing without the constraint it was found under: no table shows the one and hides the other. */
const NEEDED = ['sid', 'constraint_ratio'] as const;

/** The columns that are needed together stand together. */
function important(names: readonly string[]): readonly string[] {
  if (!NEEDED.every((name) => names.includes(name))) return names;
  return names.flatMap((name) => (name === NEEDED[0] ? NEEDED : NEEDED.some((other) => other === name) ? [] : [name]));
}

/** Whether a column says nothing: it is null in all rows, or its error is, or it counts what is null in all of them. */
function isAbsent({ columns, rows }: TableView, name: string): boolean {
  const isNull = (other: string): boolean => columns[other] !== undefined && rows.every((row) => row[other] === null);
  const counted = name.endsWith('_images') ? name.slice(0, -'_images'.length) : undefined;
  return isNull(name) || (counted !== undefined && isNull(counted) && rows.every((row) => row[name] === 0));
}

interface TextColumn {
  readonly title: string;
  readonly texts: readonly string[];
  readonly right: boolean;
}

function cellsOf(table: TableView, name: string, withBars = true): TextColumn {
  const column = table.columns[name];
  const rows = table.rows.slice(0, MAX_ROWS);
  const bar = withBars && column?.bar === true ? bars(rows.map((row) => row[name] ?? null)) : undefined;
  const texts = rows.map((row, index) => {
    const text = cellText(row[name] ?? null, row[`${name}_se`] ?? null);
    return bar === undefined ? text : `${text}  ${bar[index] ?? ''}`;
  });
  const unit = column?.unit !== undefined && column.unit !== '1' ? ` [${column.unit}]` : '';
  const right = column !== undefined && ['int32', 'float64'].includes(column.type) && bar === undefined;
  return { title: `${name}${unit}`, texts, right };
}

function cellText(value: Cell, error: Cell): string {
  if (value === null) return '-';
  if (typeof value === 'number') return typeof error === 'number' ? formatWithError(value, error) : formatNumber(value);
  if (value instanceof Float32Array) return `[${value.length}]`;
  const text = String(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}

/** Bars from the least to the greatest value of the column, the least one short but not empty. */
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

const isErrorOf = (name: string, names: readonly string[]): boolean =>
  name.endsWith('_se') && names.includes(name.slice(0, -3));

function isConstant(rows: readonly Row[], name: string): boolean {
  const first = rows[0]?.[name] ?? null;
  return rows.every((row) => Object.is(row[name] ?? null, first));
}

const columnWidth = (column: TextColumn): number => Math.max(widthOf(column.title), ...column.texts.map(widthOf));

/** How many columns fit; at least one. */
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
      .map((column, index) => {
        const text = texts[index] ?? '';
        return (column.right ? padLeft : padRight)(text, widths[index] ?? 0);
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

function footer(table: TableView, constant: readonly string[], hidden: readonly string[]): string[] {
  const first = table.rows[0] ?? {};
  const said = constant.map((name) => {
    const unit = table.columns[name]?.unit;
    return `${name} ${cellText(first[name] ?? null, first[`${name}_se`] ?? null)}${unit !== undefined && unit !== '1' ? ` ${unit}` : ''}`;
  });
  const lines = said.length > 0 ? [`${table.rows.length > 1 ? 'in all rows' : 'besides'}: ${said.join(', ')}`] : [];
  if (table.rows.length > MAX_ROWS) lines.push(`${table.rows.length - MAX_ROWS} more rows: --format csv shows all`);
  if (hidden.length > 0) lines.push(`more columns in the file: ${hidden.join(', ')}`);
  return lines;
}
