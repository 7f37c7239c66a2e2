// Makes other packages use Lethe's copy of tfjs-core, because tensors of a second copy would be incompatible.
import Module from 'node:module';

/**
 * Redirects every require of tfjs-core or its umbrella package to the file `core`, until the returned function is
 * called.
 */
export function redirectCore(core: string): () => void {
  const loader = Module as unknown as { _resolveFilename: (request: string, ...rest: unknown[]) => string };
  const original = loader._resolveFilename;
  loader._resolveFilename = function (request, ...rest) {
    const ours = request === '@tensorflow/tfjs' || request === '@tensorflow/tfjs-core';
    return ours ? core : original.call(this, request, ...rest);
  };
  return () => {
    loader._resolveFilename = original;
  };
}
