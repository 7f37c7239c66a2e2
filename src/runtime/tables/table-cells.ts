// From rows to the cells of a column, checked against what the column is declared to hold.
import type { Cell, Column, ColumnType, Kind, Row } from '../contracts/artifact.ts';
import { fail } from '../contracts/failure.ts';

export function extraColumns(kind: Kind, rows: readonly Row[]): readonly string[] {
  if (!kind.axes || !rows[0]) return [];
  return Object.keys(rows[0]).filter((name) => kind.columns?.[name] === undefined);
}

/** An axis has one type if all its values do; otherwise its values are texts. */
export function axisColumn(name: string, rows: readonly Row[]): Column {
  const types = new Set<string>();
  let nullable = false;
  for (const row of rows) {
    const cell = row[name];
    if (cell === undefined || cell === null) nullable = true;
    else types.add(typeof cell);
  }
  const [only] = types.size === 1 ? types : [];
  const type: ColumnType = only === 'number' ? 'float64' : only === 'boolean' ? 'bool' : 'utf8';
  return { type, doc: 'axis of the sweep', ...(nullable ? { nullable: true } : {}) };
}

export function cellsOf(rows: readonly Row[], name: string, column: Column, kind: Kind): readonly Cell[] {
  const declared = kind.columns?.[name] !== undefined;
  return rows.map((row, i) => {
    const cell = row[name] ?? null;
    if (cell === null) return column.nullable ? null : misfit(kind, name, i, 'is missing');
    if (!declared && column.type === 'utf8' && typeof cell !== 'object') return String(cell);
    return fits(cell, column.type) ? cell : misfit(kind, name, i, `is not ${column.type}`);
  });
}

function fits(cell: Cell, type: ColumnType): boolean {
  switch (type) {
    case 'utf8':
      return typeof cell === 'string';
    case 'bool':
      return typeof cell === 'boolean';
    case 'int32':
      return typeof cell === 'number' && (cell | 0) === cell;
    case 'float64':
      return typeof cell === 'number';
    case 'float32[]':
      return cell instanceof Float32Array;
  }
}

function misfit(kind: Kind, column: string, row: number, problem: string): never {
  return fail({
    reason: 'bad-output',
    headline: `column ${column} of a table of kind ${kind.name} ${problem} in row ${row}`,
    values: { kind: kind.name, column, row },
    help: 'Mend the node that made the rows, or the columns its kind declares.',
  });
}
