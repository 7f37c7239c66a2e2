// Floating-point operations that a measurement used, from the counts that it reports. A forward pass and a
// vector-Jacobian product have the same number of operations.
import { FURTHER_PRODUCT } from '../../src/math/linearization.ts';

/**
 * Operations of a measurement of sigma. The reported evaluations are weighted by time: a forward pass with two
 * vector-Jacobian products counts as 1.6 evaluations, but has the operations of three forward passes. All evaluations
 * are assumed to have two products, as in the loop of the solver. This underestimates evaluations with one product, and
 * overestimates evaluations at the start, which have more products.
 * @param forward operations of one forward pass
 */
export function flopOfSigma(
  { evaluations, forwards }: { readonly evaluations: number; readonly forwards: number },
  forward: number,
): number {
  return (evaluations * (3 / (1 + FURTHER_PRODUCT)) + forwards) * forward;
}

/** Operations of a measurement of delta_f^2: only its vector-Jacobian products, since the forward passes are few. */
export function flopOfDelta({ probes }: { readonly probes: number }, forward: number): number {
  return probes * forward;
}
