// Floating-point operations that a measurement used, from the counts that it reports. A forward pass and a product have
// the same number of operations.
import { FURTHER_PRODUCT } from '../../src/math/linearization.ts';

/**
 * Operations of a measurement of sigma. Evaluations are counted by time: a forward pass with two products counts 1.6,
 * but has the operations of three passes. All evaluations are assumed to be of this kind, as in the solver's loop;
 * except for the start, this is the least possible.
 * @param forward operations of one forward pass
 */
export function flopOfSigma(
  { evaluations, forwards }: { readonly evaluations: number; readonly forwards: number },
  forward: number,
): number {
  return (evaluations * (3 / (1 + FURTHER_PRODUCT)) + forwards) * forward;
}

/** Operations of a measurement of delta_f^2: only the products, since their forward passes are few. */
export function flopOfDelta({ probes }: { readonly probes: number }, forward: number): number {
  return probes * forward;
}
