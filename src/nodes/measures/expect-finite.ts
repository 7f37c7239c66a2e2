// Numbers that overflow are the network's or the image's fault, so they are told as a failure that names both.
import { fail } from '../../runtime/contracts/failure.ts';

/** Runs a measurement; where its numbers are not finite, fails with `not-finite`. */
export async function expectFinite<T>(layer: string, image: string, measure: () => Promise<T>): Promise<T> {
  const { NonFiniteError } = await import('../../math/read-back.ts');
  try {
    return await measure();
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return fail({
      reason: 'not-finite',
      headline: `${error.what} of a layer are not finite numbers`,
      values: { layer, image },
      help: 'The network overflows at this image: look for NaN or huge weights, and for an input that is normalised in another way than in training.',
    });
  }
}
