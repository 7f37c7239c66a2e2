// Holds the rows a node hands over to what their kind declares. It changes nothing; a breach is a `bad-output` failure.
import type { Cell, Column, Kind, Row } from '../contracts/artifact.ts';
import { fail } from '../contracts/failure.ts';

export interface RowCheck {
  readonly node: string;
  readonly kind: Kind;
  /** Columns that the engine fills in later. */
  readonly without?: readonly string[];
  /** Says which item the rows are of. */
  readonly item?: string;
}

/** Why a cell does not fit its column, or undefined. */
function misfit(cell: Cell | undefined, column: Column): string | undefined {
  if (cell === undefined) return 'is missing';
  if (cell === null) return column.nullable ? undefined : `is null, but the column is not nullable`;
  const wrong = `is ${describe(cell)}, but the column is ${column.type}`;
  switch (column.type) {
    case 'utf8':
      return typeof cell === 'string' ? undefined : wrong;
    case 'bool':
      return typeof cell === 'boolean' ? undefined : wrong;
    case 'int32':
      return typeof cell === 'number' && Number.isInteger(cell) && cell >= -(2 ** 31) && cell < 2 ** 31
        ? undefined
        : wrong;
    case 'float64':
      if (typeof cell !== 'number') return wrong;
      if (Number.isNaN(cell)) return column.nullable ? undefined : 'is NaN, but the column is not nullable';
      return infinite(cell);
    case 'float32[]':
      return cell instanceof Float32Array ? strangeElement(cell) : wrong;
  }
}

/** JSON and CSV have no such number: it would be read as missing, or not at all. */
const infinite = (value: number): string | undefined =>
  Number.isFinite(value) ? undefined : `is ${value}, which is no finite number`;

function strangeElement(cell: Float32Array): string | undefined {
  const at = cell.findIndex((value) => !Number.isFinite(value));
  return at < 0 ? undefined : `holds ${cell[at]} at position ${at} of ${cell.length}, which is no finite number`;
}

function describe(cell: Cell): string {
  if (cell instanceof Float32Array) return `a Float32Array of ${cell.length}`;
  if (typeof cell === 'string')
    return `the text ${JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}...` : cell)}`;
  return typeof cell === 'object' ? 'an object' : String(cell);
}

/** Throws a `bad-output` failure naming node, row and column where a row does not fit its kind. */
export function checkRows(rows: readonly Row[], check: RowCheck): void {
  const { node, kind, without = [] } = check;
  if (kind.codec !== 'table' || !kind.columns) {
    fail({
      reason: 'bad-output',
      headline: `${node} made a table of kind ${kind.name}, which is no table kind`,
      values: { node, kind: kind.name },
    });
  }
  const given: unknown = rows;
  if (!Array.isArray(given)) {
    fail({
      reason: 'bad-output',
      headline: `${node} handed over something that is no list of rows`,
      values: { node, kind: kind.name },
    });
  }
  const columns = Object.entries(kind.columns).filter(([name]) => !without.includes(name));
  const declared = new Set(columns.map(([name]) => name));
  let axes: string | undefined;
  for (const [i, row] of rows.entries()) {
    for (const [name, column] of columns) {
      const problem = misfit(row[name], column);
      if (problem !== undefined) report(check, { row: i, column: name, value: valueOf(row[name]) }, problem);
    }
    const extra = Object.keys(row).filter((name) => !declared.has(name));
    for (const name of extra) {
      const cell = row[name];
      const problem = typeof cell === 'number' && kind.axes ? infinite(cell) : undefined;
      if (problem !== undefined) report(check, { row: i, column: name, value: valueOf(cell) }, problem);
    }
    const first = extra[0];
    if (first !== undefined && !kind.axes)
      report(check, { row: i, column: first }, `is not declared by the kind ${kind.name}`);
    axes ??= extra.join();
    if (extra.join() !== axes)
      report(
        check,
        { row: i, column: first ?? axes },
        `: all rows must have the same axis columns (row 0 has ${axes || 'none'})`,
      );
  }
}

interface Place {
  readonly row: number;
  readonly column: string;
  readonly value?: string | undefined;
}

/** The cell as a user would write it; of a list the first element that is no finite number. */
function valueOf(cell: Cell | undefined): string | undefined {
  if (cell === undefined) return undefined;
  if (!(cell instanceof Float32Array)) return cell === null ? 'null' : describe(cell);
  const strange = cell.find((value) => !Number.isFinite(value));
  return strange === undefined ? describe(cell) : String(strange);
}

function report({ node, kind, item }: RowCheck, { row, column, value }: Place, problem: string): never {
  return fail({
    reason: 'bad-output',
    headline: `${node} handed over a bad row: ${column} ${problem}`,
    values: {
      node,
      kind: kind.name,
      row,
      column,
      ...(value === undefined ? {} : { value }),
      ...(item === undefined ? {} : { item }),
    },
    help: `Mend the node, or declare the column otherwise in its kind ${kind.name}.`,
  });
}
