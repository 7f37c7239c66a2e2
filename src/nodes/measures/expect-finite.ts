// Numbers that overflow are the network's or the image's fault, so they are reported as a failure that names both.
import { fail, failure } from '../../runtime/contracts/failure.ts';

/** Runs a measurement; where its numbers are not finite, fails with `not-finite`. */
export async function expectFinite<T>(layer: string, image: string, measure: () => Promise<T>): Promise<T> {
  const { NonFiniteError } = await import('../../math/read-back.ts');
  try {
    return await measure();
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return fail(failure('not-finite', { what: error.what, layer, image }));
  }
}
