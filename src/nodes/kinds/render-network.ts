// Text of a network for `lethe show`: its layers with their shapes and numbers of parameters.
import type { JsonArtifact, Rendering } from '../../runtime/contracts/artifact.ts';
import { describeLayers } from '../../network/describe.ts';
import type { Network } from '../../network/network.ts';

export function renderNetwork(artifact: JsonArtifact): Rendering {
  const network = artifact.value as Network;
  const { height, width, channels } = network.input;
  return {
    title: `${network.architecture}: input ${height} x ${width} x ${channels}, output ${network.output}`,
    lines: describeLayers(network).map(({ name, aliases, op, shape, parameters }) => [
      [name, ...aliases].join(' = '),
      op,
      shape.join(' x '),
      parameters === 0 ? '' : String(parameters),
    ]),
  };
}
