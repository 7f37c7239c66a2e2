// A format for tests whose files describe their network: `weights NAME=1,2,3 NAME=...`. With a tensor `fc.weight` of
// three numbers, the network is a linear layer over images of one pixel.
import { readFileSync } from 'node:fs';
import { defineNetworkFormat } from '../../../src/network/formats/format.ts';
import type { Architecture } from '../../../src/network/zoo/architecture.ts';

const architecture: Architecture = {
  architecture: 'text-net',
  input: { height: 1, width: 1, channels: 3, scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  layers: [
    {
      name: 'fc',
      op: 'linear',
      inputs: ['input'],
      attributes: {},
      weights: { weight: { tensor: 'fc.weight', shape: [1, 3] } },
    },
  ],
  output: 'fc',
  aliases: {},
};

export const textFormat = defineNetworkFormat({
  name: 'text',
  doc: 'numbers as text',
  bringsArchitecture: true,
  recognises: (first) => Buffer.from(first).toString('latin1').startsWith('weights '),
  open(path) {
    const [, ...entries] = readFileSync(path, 'utf8').split(' ');
    const tensors = new Map(
      entries.map((entry) => {
        const [name = '', list = ''] = entry.split('=');
        const data = Float32Array.from(list.split(',').map(Number));
        return [name, { shape: name === 'fc.weight' ? [1, data.length] : [data.length], data }] as const;
      }),
    );
    return Promise.resolve({
      tensors,
      ...(tensors.has('fc.weight') && { architecture }),
      read: (name) => Promise.resolve(tensors.get(name)!),
      close: () => Promise.resolve(),
    });
  },
});
