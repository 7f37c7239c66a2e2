// Node type `load-network`: a network from a weight file, and a report on batch-norm folding.
import { basename } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { Digest, Row } from '../../runtime/contracts/artifact.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import type { NodeMistake } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import { networkRefs } from '../../network/describe.ts';
import { foldBatchNorm } from '../../network/fold.ts';
import { FORMATS } from '../../network/formats/index.ts';
import type { Network } from '../../network/network.ts';
import { measureParity } from '../../network/parity.ts';
import type { Forward } from '../../network/parity.ts';
import { readWeights } from '../../network/read-weights.ts';
import type { TensorBlobs } from '../../network/tensor.ts';
import type { Architecture } from '../../network/zoo/architecture.ts';
import { ARCHITECTURE_NAMES, buildArchitecture } from '../../network/zoo/build.ts';
import type { ArchitectureOptions } from '../../network/zoo/build.ts';
import { networkKind } from '../kinds/network.ts';
import { parityKind } from '../kinds/parity.ts';
import { checkArchitecture, foreseeArchitecture, tryArchitecture } from './architecture-check.ts';
import { architectureParam, ARCHITECTURES_DOC, optionsParam } from './zoo-params.ts';

const PROBE_IMAGES = 4;
/**
 * Relative change of the output by batch-norm folding above which the user is warned. Rounding alone changes it less.
 */
const WORRYING = 1e-3;

const FORMATS_DOC = FORMATS.map(({ name, doc }) => `${name} (${doc})`).join('; ');

export const loadNetwork = defineNode({
  type: 'load-network',
  formerly: ['load-model'],
  version: 3,
  doc: [
    'Loads a network: an architecture of the zoo with the weights of a file.',
    `Formats: ${FORMATS_DOC}. \`architecture\` is required if the file contains only weights.`,
    'Tensors have the names of PyTorch state dictionaries. Types float32, float16, bfloat16 and float64 are read and converted to float32. Every tensor must be present, finite and of the right shape.',
    'The table `parity` gives the change of the output of every layer caused by batch-norm folding, on seeded random images.',
    ARCHITECTURES_DOC,
  ].join('\n\n'),
  params: Type.Object(
    {
      architecture: Type.Optional(architectureParam),
      folder: Type.Optional(
        Type.String({ minLength: 1, description: 'Folder to which the path `weights` is relative.' }),
      ),
      weights: Type.String({
        minLength: 1,
        file: { within: 'folder' },
        description: `File with the weights: ${FORMATS_DOC}.`,
      }),
      options: Type.Optional(optionsParam('Options that differ from the published network.')),
    },
    { additionalProperties: false },
  ),
  inputs: {},
  outputs: {
    network: {
      kind: networkKind,
      formerly: ['model'],
      doc: 'The network as in the file, without folding.',
      foresee: ({ architecture, options }) => foreseeArchitecture(architecture, options),
    },
    parity: { kind: parityKind, doc: 'Differences between the folded and the unfolded network, per batch-norm.' },
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
  check: ({ params: { architecture, options, weights } }) =>
    architecture === undefined ? checkMissing(weights) : checkArchitecture(architecture, options),
  async run(context) {
    const { architecture: name, options } = context.params;
    const path = context.files['/weights']!;
    const kept = new Map<string, Uint8Array>();
    const blobs: TensorBlobs = {
      write: async (bytes) => {
        const digest = await context.put(bytes);
        kept.set(digest, bytes);
        return digest;
      },
      read: (digest) => Promise.resolve(kept.get(digest) as Uint8Array),
    };
    const architecture = name === undefined ? undefined : buildArchitecture(name, options);
    const network = await readWeights(path, {
      architecture,
      write: blobs.write,
      others: () => otherArchitectures(options),
    });
    const stored = await context.json(networkKind, network, networkRefs(network));
    const rows = await parityRows(network, blobs, context.seed);
    const worst = rows.at(-1)?.['relative'];
    if (typeof worst === 'number' && worst > WORRYING) {
      context.warn(
        `${basename(path)}: folding batch-norms changes the output by ${worst.toExponential(1)} of its size; use fold: false in tap-layer`,
      );
    }
    return { network: stored, parity: await context.table(parityKind, rows) };
  },
});

/**
 * Returns the mistake that no architecture is given, before the weight file is read. Returns no mistake if there is a
 * format whose files contain their architecture.
 */
function checkMissing(weights: string): readonly NodeMistake[] {
  if (FORMATS.some(({ bringsArchitecture }) => bringsArchitecture === true)) return [];
  const format = FORMATS.map(({ name }) => name).join(', ');
  return [{ ...failure('no-architecture', { file: basename(weights), format, known: ARCHITECTURE_NAMES }) }];
}

/** Returns all architectures of the zoo that accept these options. */
function otherArchitectures(options: ArchitectureOptions | undefined): readonly Architecture[] {
  return ARCHITECTURE_NAMES.flatMap((name) => tryArchitecture(name, options) ?? []);
}

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
    if (!Number.isFinite(maxAbs) || !Number.isFinite(largest))
      fail(failure('network-not-finite', { layer, largest: String(largest) }));
  }
  return rows.map(({ layer, into, folded: isFolded, reason, maxAbs, largest }) => ({
    architecture: network.architecture,
    layer,
    into,
    folded: isFolded,
    reason,
    max_abs: maxAbs,
    largest,
    // relative to an output that is zero everywhere, any difference counts as 1
    relative: largest === 0 ? (maxAbs === 0 ? 0 : 1) : maxAbs / largest,
    images: PROBE_IMAGES,
  }));
}

/**
 * Returns blob functions for the parity report. Blobs that they write stay in memory; all other blobs are read by
 * `read`.
 */
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
