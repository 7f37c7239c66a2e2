// Arithmetic of a training: network/training.ts on the backend of this process. Tensors are named as in weight files.
import type { Loss } from '../../../network/losses/loss.ts';
import { tensorBytes, type Tensor } from '../../../network/tensor.ts';
import { bindWeights, expectedTensors, type Architecture } from '../../../network/zoo/architecture.ts';
import { initialise } from '../../../network/zoo/initialise.ts';
import type { Digest } from '../../../runtime/contracts/artifact.ts';
import type { Batch } from './batches.ts';
import type { TrainingState } from './checkpoint.ts';
import type { Learner } from './train.ts';

export interface LearnerOptions {
  readonly loss: Loss;
  readonly momentum: number;
  readonly weight_decay: number;
  /** Seed of the initial weights. */
  readonly seed: string;
  /** Weights and velocities of a checkpoint to resume from, in place of initial weights. */
  readonly state?: Pick<TrainingState, 'weights' | 'momentum'>;
}

/** Loads the tensor library and compiles the network for it. `dispose` frees everything. */
export async function createLearner(architecture: Architecture, options: LearnerOptions): Promise<Learner> {
  const [{ loadBackend }, { compileTrainable, sgdMomentum }] = await Promise.all([
    import('../../../compute/backend.ts'),
    import('../../../network/training.ts'),
  ]);
  const backend = await loadBackend();
  const { tf } = backend;
  const first = options.state?.weights ?? initialise(architecture, options.seed);
  const names = new Map(expectedTensors(architecture).map(({ tensor }) => [tensor, tensor as Digest]));
  const read = (name: string): Promise<Uint8Array> => Promise.resolve(tensorBytes((first.get(name) as Tensor).data));
  const network = await compileTrainable(bindWeights(architecture, names), read, backend, options.loss);
  const rule = sgdMomentum(network.parameters, options);
  const { toFile, toLayer } = tensorNames(architecture);
  if (options.state) rule.import(renamed(options.state.momentum, toLayer));
  const images = ({ x, count }: Batch) => {
    const { height, width, channels } = architecture.input;
    return tf.tensor4d(x, [count, height, width, channels]);
  };
  return {
    async step(batch, learningRate) {
      const x = images(batch);
      const made = await network.step(x, batch.targets);
      if (Number.isFinite(made.loss)) rule.update(made.gradients, learningRate);
      made.dispose();
      x.dispose();
      return { loss: made.loss, score: made.score };
    },
    async evaluate(batch) {
      const x = images(batch);
      const output = await network.predict(x);
      const { loss, score } = options.loss.of({ values: await output.data(), shape: output.shape }, batch.targets);
      tf.dispose([x, output]);
      return { loss, score };
    },
    state: async () => ({
      weights: renamed(await network.export(), toFile),
      momentum: renamed(await rule.export(), toFile),
    }),
    dispose() {
      rule.dispose();
      network.dispose();
    },
  };
}

/** Conversions between the two names of each parameter: `layer/slot` in the arithmetic, PyTorch names in files. */
function tensorNames({ layers }: Architecture) {
  const pairs = layers.flatMap(({ name, weights }) =>
    Object.entries(weights).map(([slot, { tensor }]) => [`${name}/${slot}`, tensor] as const),
  );
  return { toFile: new Map(pairs), toLayer: new Map(pairs.map(([layer, file]) => [file, layer])) };
}

function renamed(tensors: ReadonlyMap<string, Tensor>, names: ReadonlyMap<string, string>): Map<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [names.get(name) as string, tensor]));
}
