// Sigma grid: the division of the units of an image into groups that share one sigma. All channels share the groups, or
// each channel has its own groups. Units are numbered as in a [height, width, channels] tensor; groups as [plane, row,
// column].

export interface SigmaGrid {
  /**
   * Name: `pixel` or `RxC`, then `/shared` or `/separate` channels. Every published number is reported with this name.
   */
  readonly name: string;
  readonly inputShape: readonly [number, number, number];
  /** Number of units: height x width x channels. */
  readonly units: number;
  readonly groups: number;
  /** Number of channels that have groups of their own; 1 if all channels share their groups. */
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
  /** Group of every unit. */
  readonly groupOf: Int32Array;
  /** m_g: number of units in every group. */
  readonly unitsOf: Float64Array;
}

export interface SigmaGridOptions {
  /**
   * `pixel` (one group per pixel), or `RxC` blocks, e.g. `16x16`. Blocks have the borders that nearest-neighbour
   * upsampling would give.
   */
  readonly grid: string;
  readonly channels: 'shared' | 'separate';
}

/** Creates a grid over an image of [height, width, channels]. Throws RangeError if a block would contain no pixel. */
export function createSigmaGrid(inputShape: readonly [number, number, number], options: SigmaGridOptions): SigmaGrid {
  const [height, width, channels] = inputShape;
  const [rows, columns] = options.grid === 'pixel' ? [height, width] : parseBlocks(options.grid);
  if (rows > height || columns > width) {
    throw new RangeError(`a grid of ${options.grid} blocks is finer than an image of ${height}x${width} pixels`);
  }
  const planes = options.channels === 'shared' ? 1 : channels;
  const units = height * width * channels;
  const groupOf = new Int32Array(units);
  const unitsOf = new Float64Array(planes * rows * columns);
  for (let i = 0; i < units; i++) {
    const channel = i % channels;
    const pixel = (i - channel) / channels;
    const row = Math.floor((Math.floor(pixel / width) * rows) / height);
    const column = Math.floor(((pixel % width) * columns) / width);
    const group = ((planes === 1 ? 0 : channel) * rows + row) * columns + column;
    groupOf[i] = group;
    unitsOf[group]! += 1;
  }
  const name = `${options.grid}/${options.channels}`;
  return { name, inputShape, units, groups: planes * rows * columns, planes, rows, columns, groupOf, unitsOf };
}

function parseBlocks(grid: string): readonly [number, number] {
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(grid);
  if (match === null) throw new RangeError(`a sigma grid is "pixel" or "ROWSxCOLUMNS", not "${grid}"`);
  return [Number(match[1]), Number(match[2])];
}

/** Broadcasts the value of each group to its units. */
export function expand(grid: SigmaGrid, values: ArrayLike<number>, out = new Float32Array(grid.units)): Float32Array {
  const { groupOf, units } = grid;
  for (let i = 0; i < units; i++) out[i] = values[groupOf[i]!]!;
  return out;
}

/**
 * Converts values per group of one grid to another grid over the same image. Each group of `to` gets the mean over its
 * units.
 */
export function regroup(from: SigmaGrid, values: ArrayLike<number>, to: SigmaGrid): Float64Array {
  const means = new Float64Array(to.groups);
  for (let i = 0; i < to.units; i++) {
    const g = to.groupOf[i]!;
    means[g]! += values[from.groupOf[i]!]! / to.unitsOf[g]!;
  }
  return means;
}

/** Returns a map of the image, row by row: for every pixel, the mean of its group values over the channels. */
export function pixelMap(grid: SigmaGrid, values: ArrayLike<number>): Float32Array {
  const [height, width, channels] = grid.inputShape;
  const out = new Float32Array(height * width);
  for (let i = 0; i < grid.units; i++) out[Math.floor(i / channels)]! += values[grid.groupOf[i]!]! / channels;
  return out;
}
