// Node type `tap-layer`: the part of a network up to one layer, with folded batch-norms. It works on plain data and
// loads no tensor library.
import { Type } from '@sinclair/typebox';
import { checkNetwork } from '../../network/check.ts';
import { expectDependence } from '../../network/dependence.ts';
import { networkRefs } from '../../network/describe.ts';
import { foldBatchNorm } from '../../network/fold.ts';
import type { Network } from '../../network/network.ts';
import { tapNetwork } from '../../network/tap.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import { checkLayer } from './architecture-check.ts';
import { networkKind } from '../kinds/network.ts';
import { tapKind } from '../kinds/tap.ts';

export const tapLayer = defineNode({
  type: 'tap-layer',
  version: 2,
  doc: [
    'Takes the part of a network up to one layer.',
    'The tap contains only the layers on which the tapped layer depends, so its results stay cached when a later layer changes.',
    'With `fold`, a batch-norm is merged into the convolution or linear layer before it, unless another layer reads that layer too. The merged layer has the name of the batch-norm.',
  ].join('\n\n'),
  params: Type.Object(
    {
      layer: Type.String({
        minLength: 1,
        description:
          'Name of the layer, or a short name such as stem, layer1, fc; `lethe show FILE STEP` lists those of a network.',
      }),
      position: Type.Union([Type.Literal('post-activation'), Type.Literal('raw')], {
        default: 'post-activation',
        description:
          'post-activation: after the batch-norm and activation that directly follow the layer; raw: the output of the layer itself.',
      }),
      fold: Type.Boolean({
        default: true,
        description: 'Fold batch-norms into the layers before them, where this is mathematically exact.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: { network: { kind: networkKind, formerly: ['model'], doc: 'The network.' } },
  outputs: { tap: { kind: tapKind, doc: 'The network up to the layer.' } },
  examples: [
    `pipeline: taps
steps:
  data: { use: make-shapes, with: { count: 40, size: 16 } }
  network: { use: train-network, from: { data: data }, with: { architecture: resnet8, epochs: 1 } }
  tap: { use: tap-layer, from: { network: network }, each: { layer: [conv1, layer1, layer2, layer3, fc] } }
`,
  ],
  light: true,
  check: ({ params, inputs }) => checkLayer(params.layer, inputs.network),
  async run(context) {
    const { layer, position, fold } = context.params;
    const network = await context.inputs.network.value<Network>();
    const read = context.inputs.network.blob.bind(context.inputs.network);
    let tap = tapNetwork(network, layer, position);
    const [problem] = checkNetwork(tap);
    if (problem) fail(problem);
    await expectDependence(tap, read);
    if (fold) tap = (await foldBatchNorm(tap, { read, write: context.put.bind(context) })).network;
    return { tap: await context.json(tapKind, tap, networkRefs(tap)) };
  },
});
