// View of the content of a table by columns, whether a node gave rows or columns.
import type { Cell, Cells, Column, ColumnType, Kind, Row } from '../contracts/artifact.ts';

/** Content of a table as a node gives it: rows, or cells by column. */
export type TableContent = readonly Row[] | Cells;

export interface ContentView {
  /** Number of rows. */
  readonly length: number;
  /** Names of the columns that the kind does not declare, in the order of the content. */
  readonly extra: readonly string[];
  /** Returns the cells of a column. A cell is undefined if its row lacks the column. */
  readonly cells: (name: string) => readonly (Cell | undefined)[];
}

export function isRows(content: TableContent): content is readonly Row[] {
  return Array.isArray(content);
}

/** Creates a view of the content. All rows must have the columns of the first row. */
export function viewContent(kind: Kind, content: TableContent): ContentView {
  const isExtra = (name: string): boolean => kind.columns?.[name] === undefined;
  if (isRows(content)) {
    return {
      length: content.length,
      extra: Object.keys(content[0] ?? {}).filter(isExtra),
      cells: (name) => content.map((row) => row[name]),
    };
  }
  const length = Object.values(content)[0]?.length ?? 0;
  return {
    length,
    extra: Object.keys(content).filter(isExtra),
    cells: (name) => content[name] ?? new Array<undefined>(length).fill(undefined),
  };
}

/** Declaration of the column of an axis. Its type is the common type of the cells, or utf8 if their types differ. */
export function axisColumn(cells: readonly (Cell | undefined)[]): Column {
  const types = new Set<string>();
  let nullable = false;
  for (const cell of cells) {
    if (cell === undefined || cell === null) nullable = true;
    else types.add(typeof cell);
  }
  const [only] = types.size === 1 ? types : [];
  const type: ColumnType = only === 'number' ? 'float64' : only === 'boolean' ? 'bool' : 'utf8';
  return { type, doc: 'axis of the sweep', ...(nullable ? { nullable: true } : {}) };
}

/** Cells of an axis, converted to the type of its column. */
export function axisCells(cells: readonly (Cell | undefined)[], { type }: Column): readonly Cell[] {
  return cells.map((cell = null) => (type === 'utf8' && cell !== null ? `${cell as string | number | boolean}` : cell));
}

/**
 * Cells of a declared column. A missing cell of a nullable column becomes null. check-rows.ts has already checked the
 * types of the cells.
 * @throws TypeError if a cell is missing and the column is not nullable, as in rows stored before the kind had the
 * column
 */
export function storedCells(name: string, cells: readonly (Cell | undefined)[], column: Column): readonly Cell[] {
  return cells.map((cell = null, row) => {
    if (cell === null && !column.nullable) throw new TypeError(`the stored row ${row} has no ${name}`);
    return cell;
  });
}
