// load-network: an architecture of the zoo with weights from a safetensors file, and a report on batch-norm folding.
import { basename } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { Digest, Row } from '../../runtime/contracts/artifact.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import { foldBatchNorm } from '../../network/fold.ts';
import { networkRefs } from '../../network/describe.ts';
import type { Network } from '../../network/network.ts';
import { measureParity } from '../../network/parity.ts';
import type { Forward } from '../../network/parity.ts';
import type { TensorBlobs } from '../../network/tensor.ts';
import { architectureOptions } from '../../network/zoo/architecture.ts';
import { ARCHITECTURE_NAMES, buildArchitecture } from '../../network/zoo/index.ts';
import { readWeights } from '../../network/read-weights.ts';
import { checkArchitecture } from './architecture-check.ts';
import { networkKind } from '../kinds/network.ts';
import { parityKind } from '../kinds/parity.ts';

const PROBE_IMAGES = 4;
/** Relative difference of the outputs above which folding is not harmless rounding. */
const WORRYING = 1e-3;

export const loadNetwork = defineNode({
  type: 'load-network',
  formerly: ['load-model'],
  version: 3,
  doc: [
    'Loads a network: an architecture of the zoo with the weights of a safetensors file.',
    'Tensors have the names of PyTorch state dictionaries; float32, float16, bfloat16 and float64 are read, everything is kept as float32. Every tensor must be there, of the right shape and finite.',
    'The table `parity` says how far folding batch-norms moves the outputs of every layer, on seeded random images.',
  ].join('\n\n'),
  params: Type.Object(
    {
      architecture: Type.String({
        minLength: 1,
        description:
          'Name of the architecture: resnet8, resnet20, resnet32, resnet44, ... (any depth 6n + 2), or small-conv.',
      }),
      folder: Type.Optional(Type.String({ minLength: 1, description: 'Folder that `weights` lies in.' })),
      weights: Type.String({ minLength: 1, file: { within: 'folder' }, description: 'The safetensors file.' }),
      options: Type.Optional(architectureOptions),
    },
    { additionalProperties: false },
  ),
  inputs: {},
  outputs: {
    network: { kind: networkKind, formerly: ['model'], doc: 'The network as it is in the file, nothing folded.' },
    parity: { kind: parityKind, doc: 'Folded against unfolded network, per layer.' },
  },
  examples: [
    `pipeline: own-weights
steps:
  network:
    use: load-network
    with:
      architecture: small-conv
      folder: examples
      weights: small-conv.safetensors
      options: { height: 8, width: 8, filters: 2, classes: 3 }
`,
  ],
  check: ({ params }) => checkArchitecture(params.architecture, params.options),
  async run(context) {
    const { architecture: name, options } = context.params;
    const path = context.files['/weights'];
    if (path === undefined)
      return fail({
        reason: 'missing-file',
        headline: 'no weights file was given',
        help: 'Name a safetensors file in `weights`.',
      });
    const architecture = buildArchitecture(name, options);
    const kept = new Map<string, Uint8Array>();
    const blobs: TensorBlobs = {
      write: async (bytes) => {
        const digest = await context.put(bytes);
        kept.set(digest, bytes);
        return digest;
      },
      read: (digest) => Promise.resolve(kept.get(digest) as Uint8Array),
    };
    const resnets = ARCHITECTURE_NAMES.filter((other) => other.startsWith('resnet'));
    const network = await readWeights(architecture, path, blobs.write, () =>
      resnets.map((other) => buildArchitecture(other, options)),
    );
    const stored = await context.json(networkKind, network, networkRefs(network));
    const rows = await parityRows(network, blobs, context.seed);
    const worst = rows.at(-1)?.['relative'];
    if (typeof worst === 'number' && worst > WORRYING) {
      context.warn(
        `${basename(path)}: folding batch-norms moves the output by ${worst.toExponential(1)} of its size; use fold: false in tap-layer`,
      );
    }
    return { network: stored, parity: await context.table(parityKind, rows) };
  },
});

async function parityRows(network: Network, blobs: TensorBlobs, seed: string): Promise<Row[]> {
  const [{ compileNetwork }, { loadBackend }, tf] = await Promise.all([
    import('../../network/compile.ts'),
    import('../../compute/backend.ts'),
    import('@tensorflow/tfjs-core'),
  ]);
  const backend = await loadBackend();
  const scratch = scratchBlobs(blobs.read);
  const folded = await foldBatchNorm(network, scratch);
  const forward: Forward = async (of, layers, images, count) => {
    const { height, width, channels } = of.input;
    const compiled = await compileNetwork(of, layers, scratch.read, backend);
    const x = tf.tensor4d(images, [count, height, width, channels]);
    const values = compiled.forward(x);
    try {
      return new Map(
        await Promise.all(
          [...values].map(async ([layer, value]) => [layer, (await value.data()) as Float32Array] as const),
        ),
      );
    } finally {
      tf.dispose([x, ...values.values()]);
      compiled.dispose();
    }
  };
  const rows = await measureParity(network, folded, { images: PROBE_IMAGES, seed, forward });
  for (const { layer, maxAbs, largest } of rows) {
    if (Number.isFinite(maxAbs) && Number.isFinite(largest)) continue;
    fail({
      reason: 'not-finite',
      headline: 'the network gives values that are not finite numbers',
      values: { layer, largest },
      help: 'It overflows on random images: look for huge weights, and give the normalisation it was trained with.',
    });
  }
  return rows.map(({ layer, into, folded: isFolded, reason, maxAbs, largest }) => ({
    architecture: network.architecture,
    layer,
    into,
    folded: isFolded,
    reason,
    max_abs: maxAbs,
    largest,
    // A folded network that differs from one that gives nothing is wholly different.
    relative: largest === 0 ? (maxAbs === 0 ? 0 : 1) : maxAbs / largest,
    images: PROBE_IMAGES,
  }));
}

/** Blobs that are gone after the report; everything else is read from `read`. */
function scratchBlobs(read: TensorBlobs['read']): TensorBlobs {
  const kept = new Map<string, Uint8Array>();
  return {
    write: (bytes) => {
      const name = `scratch-${kept.size}`;
      kept.set(name, bytes);
      return Promise.resolve(name as Digest);
    },
    read: (digest) => {
      const bytes = kept.get(digest);
      return bytes ? Promise.resolve(bytes) : read(digest);
    },
  };
}
