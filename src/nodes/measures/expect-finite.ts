// Non-finite numbers are caused by the network or the image, so they become a failure that names both.
import { fail, failure } from '../../runtime/contracts/failure.ts';

/** Runs a measurement. Fails with `not-finite` if its numbers overflow. */
export async function expectFinite<T>(layer: string, image: string, measure: () => Promise<T>): Promise<T> {
  const { NonFiniteError } = await import('../../math/read-back.ts');
  try {
    return await measure();
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return fail(failure('not-finite', { what: error.what, layer, image }));
  }
}
