// Checks once, on arrival, that the rows from a node fit the columns that their kind declares. Rows are not changed. A
// mismatch is a failure `bad-row`.
import type { Cell, Column, Kind, Row } from '../contracts/artifact.ts';
import { fail, failure } from '../contracts/failure.ts';
import { isRows, viewContent } from './table-cells.ts';
import type { TableContent } from './table-cells.ts';

export interface RowCheck {
  readonly node: string;
  readonly kind: Kind;
  /** Names of columns that the engine fills in later. */
  readonly without?: readonly string[];
  /** Name of the item to which the rows belong. */
  readonly item?: string;
}

/** Throws a failure that names node, row and column if the content of a table does not fit its kind. */
export function checkRows(content: TableContent, check: RowCheck): void {
  const { node, kind, without = [] } = check;
  if (kind.codec !== 'table' || !kind.columns) fail(failure('no-table-kind', { node, kind: kind.name }));
  const given: unknown = content;
  if (typeof given !== 'object' || given === null || !isTable(content))
    fail(failure('no-rows', { node, kind: kind.name }));
  const { extra, cells } = viewContent(kind, content);
  for (const [name, column] of Object.entries(kind.columns)) {
    if (without.includes(name)) continue;
    for (const [row, cell] of cells(name).entries()) {
      const problem = misfit(cell, column);
      if (problem !== undefined) report(check, { row, column: name, value: valueOf(cell) }, problem);
    }
  }
  checkExtra(content, check, [...extra, ...without.filter((name) => isGiven(content, name))]);
}

/** True for a list of rows, or for columns of equal length. */
function isTable(content: TableContent): boolean {
  if (isRows(content)) return true;
  const columns: readonly unknown[] = Object.values(content);
  const [first] = columns;
  return columns.every((cells) => Array.isArray(cells) && cells.length === (first as readonly Cell[]).length);
}

function isGiven(content: TableContent, name: string): boolean {
  return isRows(content) ? content.some((row) => name in row) : name in content;
}

/**
 * Checks the columns that the kind does not declare. They must be axes: the kind must allow axes, all rows must have
 * the same axes, and numbers must be finite.
 */
function checkExtra(content: TableContent, check: RowCheck, extra: readonly string[]): void {
  const { kind } = check;
  const [first] = extra;
  if (first !== undefined && !kind.axes)
    report(check, { row: 0, column: first }, `is not declared by the kind ${kind.name}`);
  for (const name of extra) {
    for (const [row, cell] of viewContent(kind, content).cells(name).entries()) {
      const problem = typeof cell === 'number' ? infinite(cell) : undefined;
      if (problem !== undefined) report(check, { row, column: name, value: valueOf(cell) }, problem);
    }
  }
  if (isRows(content)) checkSameColumns(content, check, extra);
}

function checkSameColumns(rows: readonly Row[], check: RowCheck, extra: readonly string[]): void {
  const { kind, without = [] } = check;
  const axes = extra.join();
  for (const [row, cells] of rows.entries()) {
    const own = Object.keys(cells).filter((name) => kind.columns?.[name] === undefined || without.includes(name));
    if (own.join() === axes) continue;
    const column = own[0] ?? axes;
    const problem = kind.axes
      ? `: all rows must have the same axis columns (row 0 has ${axes || 'none'})`
      : `is not declared by the kind ${kind.name}`;
    report(check, { row, column }, problem);
  }
}

/** Reason why a cell does not fit its column; undefined if it fits. */
function misfit(cell: Cell | undefined, column: Column): string | undefined {
  if (cell === undefined) return 'is missing';
  if (cell === null) return column.nullable ? undefined : `is null, but the column is not nullable`;
  const wrong = (): string => `is ${describe(cell)}, but the column is ${column.type}`;
  switch (column.type) {
    case 'utf8':
      return typeof cell === 'string' ? undefined : wrong();
    case 'bool':
      return typeof cell === 'boolean' ? undefined : wrong();
    case 'int32':
      return typeof cell === 'number' && (cell | 0) === cell ? undefined : wrong();
    case 'float64':
      if (typeof cell !== 'number') return wrong();
      if (Number.isNaN(cell)) return column.nullable ? undefined : 'is NaN, but the column is not nullable';
      return infinite(cell);
    case 'float32[]':
      return cell instanceof Float32Array ? strangeElement(cell) : wrong();
  }
}

/**
 * Reason why a number that is not finite does not fit: JSON and CSV cannot represent it. Undefined for a finite number.
 */
const infinite = (value: number): string | undefined =>
  Number.isFinite(value) ? undefined : `is ${value}, which is not finite`;

function strangeElement(cell: Float32Array): string | undefined {
  const at = cell.findIndex((value) => !Number.isFinite(value));
  return at < 0 ? undefined : `holds ${cell[at]} at position ${at} of ${cell.length}, which is not finite`;
}

function describe(cell: Cell): string {
  if (cell instanceof Float32Array) return `a Float32Array of ${cell.length}`;
  if (typeof cell === 'string')
    return `the text ${JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}...` : cell)}`;
  return typeof cell === 'object' ? 'an object' : String(cell);
}

interface Place {
  readonly row: number;
  readonly column: string;
  readonly value?: string | undefined;
}

/**
 * Text of a cell for a failure. For a list with an element that is not finite, text of the first such element.
 * Undefined for a missing cell.
 */
function valueOf(cell: Cell | undefined): string | undefined {
  if (cell === undefined) return undefined;
  if (!(cell instanceof Float32Array)) return cell === null ? 'null' : describe(cell);
  const strange = cell.find((value) => !Number.isFinite(value));
  return strange === undefined ? describe(cell) : String(strange);
}

function report({ node, kind, item }: RowCheck, { row, column, value }: Place, problem: string): never {
  return fail(
    failure('bad-row', {
      node,
      kind: kind.name,
      row,
      column,
      problem,
      ...(value === undefined ? {} : { value }),
      ...(item === undefined ? {} : { item }),
    }),
  );
}
