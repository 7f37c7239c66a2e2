// Former names of node types, ports and parameters are answered with the present ones.
import { expect, test } from 'vitest';
import { registry } from '../../../src/registry.ts';
import { didYouMean } from '../../../src/runtime/contracts/did-you-mean.ts';
import { mistakesOf } from './authoring-rig.ts';

test('node types, ports, outputs and parameters', async () => {
  const text = `pipeline: p
steps:
  data: { use: make-shapes, with: { count: 10 } }
  loaded: { use: load-model, with: { architecture: small-conv } }
  trained: { use: train-model, from: { data: data } }
  net: { use: train-network, from: { data: data }, with: { architecture: small-conv, learningRate: 0.1, weightDecay: 0, warmUp: 1 } }
  tap: { use: tap-layer, from: { model: net }, with: { layer: conv1 } }
  tap2: { use: tap-layer, from: { network: net.model }, with: { layer: conv1 } }
`;
  expect(await mistakesOf(text, { registry })).toMatchInlineSnapshot(`
    "p.yaml:4:18: error: there is no node type load-model
      4 |   loaded: { use: load-model, with: { architecture: small-conv } }
        |                  ~~~~~~~~~~
      load-model is called load-network now.

    p.yaml:5:19: error: there is no node type train-model
      5 |   trained: { use: train-model, from: { data: data } }
        |                   ~~~~~~~~~~~
      train-model is called train-network now.

    p.yaml:6:86: error: train-network has no parameter learningRate
      6 | ... from: { data: data }, with: { architecture: small-conv, learningRate: 0.1, weightDecay: 0, warmUp: 1 } }
        |                                                             ~~~~~~~~~~~~
      did you mean: learning_rate
      Parameters: architecture, options, epochs, batch, learning_rate, momentum, weight_decay, schedule, milestones, decay, warm_up, shift, flip, normalise, seed.

    p.yaml:6:105: error: train-network has no parameter weightDecay
      6 | ... }, with: { architecture: small-conv, learningRate: 0.1, weightDecay: 0, warmUp: 1 } }
        |                                                             ~~~~~~~~~~~
      did you mean: weight_decay
      Parameters: architecture, options, epochs, batch, learning_rate, momentum, weight_decay, schedule, milestones, decay, warm_up, shift, flip, normalise, seed.

    p.yaml:6:121: error: train-network has no parameter warmUp
      6 | ... tecture: small-conv, learningRate: 0.1, weightDecay: 0, warmUp: 1 } }
        |                                                             ~~~~~~
      did you mean: warm_up
      Parameters: architecture, options, epochs, batch, learning_rate, momentum, weight_decay, schedule, milestones, decay, warm_up, shift, flip, normalise, seed.

    p.yaml:7:34: error: tap-layer has no port model
      7 |   tap: { use: tap-layer, from: { model: net }, with: { layer: conv1 } }
        |                                  ~~~~~
      model is called network now.

    p.yaml:8:44: error: train-network has no output model
      8 |   tap2: { use: tap-layer, from: { network: net.model }, with: { layer: conv1 } }
        |                                            ~~~~~~~~~
      model is called network now.

    7 failures
    "
  `);
});

test('the camelCase spelling of every parameter means the parameter', async () => {
  for (const type of registry.types) {
    const names = Object.keys((await registry.load(type)).params.properties);
    for (const name of names) {
      const camel = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
      expect(didYouMean(camel, names)).toBe(name);
    }
  }
});
