// Optimum of Eq. 2-5 for linear h (docs/solver.md, step 3): E||h(x + sigma o delta) - f||^2 = sum_g A_g sigma_g^2, so
// the mean entropy is largest if every unit has an equal share of the energy: sigma_g^2 = target m_g / (n A_g), where
// m_g of the n units belong to group g. A cap makes this a water-filling problem.

export interface ClosedForm {
  /** log sigma per group. */
  readonly logSigma: Float64Array;
  /** Number of groups at the cap. */
  readonly capped: number;
  /** sum_g A_g sigma_g^2: equal to the target, or less if every group is at the cap. */
  readonly energy: number;
}

/**
 * Maximises sum_g m_g log sigma_g subject to sum_g A_g sigma_g^2 <= target and sigma_g <= cap.
 * `energies[g]` = A_g = sum of ||J_i||^2 over the units of g; `unitsOf[g]` = m_g; `target` = alpha delta_f^2.
 */
export function closedFormSigma(
  energies: ArrayLike<number>,
  unitsOf: ArrayLike<number>,
  target: number,
  cap = Infinity,
): ClosedForm {
  const groups = energies.length;
  const order = Array.from({ length: groups }, (_, g) => g).sort(
    (a, b) => energies[a]! / unitsOf[a]! - energies[b]! / unitsOf[b]!,
  );
  // Groups are set to the cap one by one, the least sensitive first. This ends when the next group's share of the
  // remaining energy gives a sigma below the cap.
  let left = target;
  let live = 0;
  for (let g = 0; g < groups; g++) live += unitsOf[g]!;
  let capped = 0;
  for (const g of order) {
    if (energies[g]! > 0 && (left / live) * unitsOf[g]! <= cap * cap * energies[g]!) break;
    left -= cap === Infinity ? 0 : cap * cap * energies[g]!;
    live -= unitsOf[g]!;
    capped += 1;
  }
  const level = left / live; // Infinity or NaN if every group is capped; not used in that case.
  const logSigma = new Float64Array(groups);
  let energy = 0;
  order.forEach((g, position) => {
    const a = energies[g]!;
    logSigma[g] = position < capped ? Math.log(cap) : 0.5 * Math.log((level * unitsOf[g]!) / a);
    if (a > 0) energy += a * Math.exp(2 * logSigma[g]);
  });
  return { logSigma, capped, energy };
}
