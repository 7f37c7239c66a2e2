// The kind `tap`: a network whose output is the tapped layer. It contains only the layers on which that layer depends.
import { defineKind } from '../../runtime/contracts/artifact.ts';
import { renderNetwork } from './render-network.ts';

export const tapKind = defineKind({
  name: 'tap',
  doc: 'The part of a network up to one layer. Its digest depends only on that layer and on the layers that lead to it.',
  codec: 'json',
  render: renderNetwork,
});
