// A mean with its standard error.

export interface MeanAndError {
  readonly mean: number;
  /** Standard error of the mean; NaN for a single value. */
  readonly error: number;
  readonly count: number;
}

/** Mean and standard error (n - 1 in the variance) of independent values. Throws RangeError for an empty list. */
export function meanAndError(values: ArrayLike<number>): MeanAndError {
  const count = values.length;
  if (count === 0) throw new RangeError('meanAndError: there are no values');
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i]! - mean) ** 2;
  return { mean, error: Math.sqrt(squares / (count - 1) / count), count };
}
