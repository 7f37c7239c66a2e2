// Solution of small dense linear systems by Gaussian elimination with partial pivoting.

/** Solves M c = b for a square M given as rows. Throws RangeError if M is singular. */
export function solveLinear(M: readonly Float64Array[], b: Float64Array): Float64Array {
  const n = b.length;
  const rows = M.map((row, i) => Float64Array.of(...row, b[i]!));
  for (let column = 0; column < n; column++) {
    let best = column;
    for (let r = column + 1; r < n; r++) if (Math.abs(rows[r]![column]!) > Math.abs(rows[best]![column]!)) best = r;
    [rows[column], rows[best]] = [rows[best]!, rows[column]!];
    const pivot = rows[column]!;
    if (!(Math.abs(pivot[column]!) > 0)) throw new RangeError('solveLinear: the matrix is singular');
    for (let r = column + 1; r < n; r++) {
      const factor = rows[r]![column]! / pivot[column]!;
      for (let j = column; j <= n; j++) rows[r]![j]! -= factor * pivot[j]!;
    }
  }
  const c = new Float64Array(n);
  for (let r = n - 1; r >= 0; r--) {
    let sum = rows[r]![n]!;
    for (let j = r + 1; j < n; j++) sum -= rows[r]![j]! * c[j]!;
    c[r] = sum / rows[r]![r]!;
  }
  return c;
}
