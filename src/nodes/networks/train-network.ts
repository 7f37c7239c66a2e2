// Node type `train-network`: an architecture of the zoo, trained from scratch. The loop is in training/, the arithmetic
// in network/.
import { Type, type Static } from '@sinclair/typebox';
import type { Digest, Row } from '../../runtime/contracts/artifact.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import { networkRefs } from '../../network/describe.ts';
import { crossEntropy } from '../../network/losses/cross-entropy.ts';
import { tensorBytes, type Tensor } from '../../network/tensor.ts';
import { bindWeights, type Architecture } from '../../network/zoo/architecture.ts';
import { buildArchitecture } from '../../network/zoo/build.ts';
import type { ArchitectureOptions } from '../../network/zoo/build.ts';
import { checkArchitecture, foreseeArchitecture } from './architecture-check.ts';
import { datasetKind, type Dataset } from '../kinds/dataset.ts';
import { networkKind } from '../kinds/network.ts';
import { trainingHistoryKind } from '../kinds/training-history.ts';
import { channelStatistics, type ImageStack } from './training/batches.ts';
import { decodeState, encodeState, fitsArchitecture, type TrainingState } from './training/checkpoint.ts';
import { readStack } from './training/image-stack.ts';
import { createLearner } from './training/learner.ts';
import { train } from './training/train.ts';
import { evaluatedAtATime, requireMemory } from './training/training-memory.ts';
import { architectureParam, ARCHITECTURES_DOC, optionsParam } from './zoo-params.ts';

const params = Type.Object(
  {
    architecture: architectureParam,
    options: Type.Optional(
      optionsParam('Options of the architecture. The number of classes and the image size are taken from the data.', [
        'classes',
        'height',
        'width',
        'channels',
      ]),
    ),
    epochs: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 10,
      description: 'Number of times that every image is used.',
    }),
    batch: Type.Integer({
      minimum: 1,
      maximum: 4096,
      default: 32,
      description:
        'Largest number of images per optimiser step. The images are divided into batches of nearly equal size.',
    }),
    learning_rate: Type.Number({ exclusiveMinimum: 0, default: 0.1, description: 'Largest learning rate.' }),
    momentum: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.9,
      description: 'Momentum: factor on the previous step, which is added to the current one.',
    }),
    weight_decay: Type.Number({
      minimum: 0,
      default: 5e-4,
      description: 'L2 penalty on the weights of convolutions and linear layers.',
    }),
    schedule: Type.Union([Type.Literal('cosine'), Type.Literal('milestones'), Type.Literal('constant')], {
      default: 'cosine',
      description: 'Schedule of the learning rate after the warm-up.',
    }),
    milestones: Type.Array(Type.Integer({ minimum: 1 }), {
      default: [],
      description: 'For `schedule: milestones`: epochs after which the rate is multiplied by `decay`.',
    }),
    decay: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.1,
      description: 'For `schedule: milestones`: factor on the learning rate.',
    }),
    warm_up: Type.Number({
      minimum: 0,
      default: 1,
      description: 'Epochs over which the rate rises from zero; at most a quarter of the training.',
    }),
    shift: Type.Integer({
      minimum: 0,
      maximum: 64,
      default: 2,
      description: 'Augmentation: images are shifted by up to this number of pixels (pad and crop).',
    }),
    flip: Type.Boolean({
      default: true,
      description: 'Augmentation: images are mirrored left to right with probability one half.',
    }),
    normalise: Type.Union([Type.Literal('data'), Type.Literal('half')], {
      default: 'data',
      description:
        'data: mean and standard deviation of the training images; half: mean 0.5 and standard deviation 0.5. `options.mean` and `options.std` take precedence.',
    }),
    seed: Type.Union([Type.String(), Type.Integer()], {
      default: 0,
      description: 'Seed of the initial weights, the order of the images and their augmentation.',
    }),
  },
  { additionalProperties: false },
);

type Params = Static<typeof params>;

export const trainNetwork = defineNode({
  type: 'train-network',
  formerly: ['train-model'],
  version: 3,
  doc: `Trains a network from scratch: stochastic gradient descent with momentum on the cross-entropy.

A checkpoint is saved after every epoch, so a killed training resumes there and ends with the same weights. The network includes the mean and standard deviation with which inputs are normalised.

${ARCHITECTURES_DOC}`,
  params,
  inputs: {
    data: { kind: datasetKind, doc: 'Training images, all of one size.' },
    validation: {
      kind: datasetKind,
      optional: true,
      doc: 'Images that are classified after every epoch, for the history only.',
    },
  },
  outputs: {
    network: {
      kind: networkKind,
      formerly: ['model'],
      doc: 'The trained network.',
      foresee: ({ architecture, options }) =>
        foreseeArchitecture(architecture, ownOptions(options as ArchitectureOptions | undefined)),
    },
    history: { kind: trainingHistoryKind, doc: 'Loss and accuracy, epoch by epoch.' },
  },
  examples: [
    `pipeline: a-short-training
steps:
  training: { use: make-shapes, with: { count: 100, size: 16 } }
  test: { use: make-shapes, with: { count: 20, size: 16, offset: 100 } }
  network:
    use: train-network
    with: { architecture: small-conv, epochs: 2, batch: 20 }
    from: { data: training, validation: test }
`,
  ],
  check: ({ params: chosen }) => checkArchitecture(chosen.architecture, ownOptions(chosen.options)),
  async run(context) {
    const { params: chosen, inputs, signal } = context;
    const { stack: training, value } = await readStack(inputs.data);
    const validation = inputs.validation && (await readValidation(inputs.validation, value));
    const architecture = architectureFor(chosen, training, value);
    const data = training.pixels.length + (validation?.pixels.length ?? 0);
    requireMemory(architecture, { images: training.count, data, batch: chosen.batch, memory: context.memory });
    const saved = await resume(context.checkpoint, architecture, (message) => context.warn(message));
    const { Random } = await import('../../math/random.ts');
    const seed = `train-network/${chosen.seed}`;
    const learner = await createLearner(architecture, {
      ...chosen,
      loss: crossEntropy,
      seed,
      ...(saved && { state: saved }),
    });
    try {
      const plan = {
        ...chosen,
        augmentation: { shift: chosen.shift, flip: chosen.flip },
        input: architecture.input,
        evaluated: evaluatedAtATime(architecture, context.memory),
        random: new Random(seed).split('batches'),
      };
      const save = (state: TrainingState): Promise<void> => context.checkpoint.save(encodeState(state));
      const hooks = { signal, save, progress: context.progress.bind(context) };
      const history = await train(
        learner,
        { training, ...(validation && { validation }) },
        plan,
        hooks,
        saved ?? { epoch: 0, history: [] },
      );
      const { weights } = await learner.state();
      const network = {
        ...bindWeights(architecture, await putWeights(weights, context.put.bind(context))),
        classes: value.classes,
      };
      return {
        network: await context.json(networkKind, network, networkRefs(network)),
        history: await context.table(trainingHistoryKind, history.map(historyRow)),
      };
    } finally {
      learner.dispose();
    }
  },
});

/**
 * Returns the options that can be checked without the data. `mean` and `std` are left out, because they must fit the
 * channels of the data.
 */
function ownOptions(options: ArchitectureOptions = {}): ArchitectureOptions {
  return Object.fromEntries(Object.entries(options).filter(([option]) => option !== 'mean' && option !== 'std'));
}

/** Renames the scores of a history row to accuracies, because the score of the cross-entropy loss is the accuracy. */
function historyRow({ score = null, validation_score = null, ...row }: Row): Row {
  return { ...row, accuracy: score, validation_accuracy: validation_score };
}

function architectureFor(
  { architecture, options, normalise }: Params,
  stack: ImageStack,
  value: Dataset,
): Architecture {
  const { height, width, channels } = stack;
  const half = { mean: new Array<number>(channels).fill(0.5), std: new Array<number>(channels).fill(0.5) };
  const statistics = normalise === 'data' ? channelStatistics(stack) : half;
  return buildArchitecture(architecture, {
    ...statistics,
    ...options,
    height,
    width,
    channels,
    classes: Math.max(2, value.classes.length),
  });
}

async function readValidation(artifact: Parameters<typeof readStack>[0], training: Dataset): Promise<ImageStack> {
  const { stack, value } = await readStack(artifact);
  const same =
    value.height === training.height && value.width === training.width && value.channels === training.channels;
  if (!same || value.classes.join('\n') !== training.classes.join('\n')) {
    fail(failure('other-validation', { training: describe(training), validation: describe(value) }));
  }
  return stack;
}

function describe({ name, height, width, channels, classes }: Dataset): string {
  return `${name}: ${String(width)} x ${String(height)} x ${channels}, ${classes.length} classes`;
}

async function resume(
  checkpoint: { load(): Promise<Uint8Array | undefined> },
  architecture: Architecture,
  warn: (message: string) => void,
): Promise<TrainingState | undefined> {
  const bytes = await checkpoint.load();
  if (bytes === undefined) return undefined;
  const state = decodeState(bytes);
  if (state !== undefined && fitsArchitecture(state, architecture)) return state;
  warn('the checkpoint of an earlier, unfinished training cannot be read: the training starts from the beginning');
  return undefined;
}

async function putWeights(
  weights: ReadonlyMap<string, Tensor>,
  put: (bytes: Uint8Array) => Promise<Digest>,
): Promise<ReadonlyMap<string, Digest>> {
  const stored = [...weights].map(async ([name, { data }]) => [name, await put(tensorBytes(data))] as const);
  return new Map(await Promise.all(stored));
}
