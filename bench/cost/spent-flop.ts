// What a measurement spent, in floating-point operations, from the counts it reports. A forward pass and a product cost the same.
import { FURTHER_PRODUCT } from '../../src/math/linearization.ts';

/**
 * Of a measurement of sigma. Its evaluations are by time: a forward pass with two products counts 1.6, for three passes' operations.
 * All evaluations are taken to be of this kind, which is the solver's loop and the least that they can be but for its start.
 * @param forward operations of one forward pass
 */
export function flopOfSigma(
  { evaluations, forwards }: { readonly evaluations: number; readonly forwards: number },
  forward: number,
): number {
  return (evaluations * (3 / (1 + FURTHER_PRODUCT)) + forwards) * forward;
}

/** Of a measurement of delta_f^2: the products alone; their forward passes are few. */
export function flopOfDelta({ probes }: { readonly probes: number }, forward: number): number {
  return probes * forward;
}
