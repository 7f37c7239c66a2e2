// The zoo: every architecture this project can build by name. Adding one is one card here.
import { fail } from '../../runtime/contracts/failure.ts';
import { didYouMean } from '../../runtime/contracts/did-you-mean.ts';
import type { Architecture, ArchitectureOptions, ZooCard } from './architecture.ts';
import { resnetCifar } from './resnet-cifar.ts';
import { smallConvNet } from './small-conv-net.ts';

export const ZOO: readonly ZooCard[] = [resnetCifar, smallConvNet];

/** Names to list and suggest. */
export const ARCHITECTURE_NAMES: readonly string[] = ZOO.flatMap((card) => card.names);

/** Builds an architecture by name. Throws `FailureError`: `unknown-architecture`, `bad-architecture`. */
export function buildArchitecture(name: string, options: ArchitectureOptions = {}): Architecture {
  for (const card of ZOO) {
    const architecture = card.build(name, options);
    if (architecture) return architecture;
  }
  const meant = didYouMean(name, ARCHITECTURE_NAMES);
  return fail({
    reason: 'unknown-architecture',
    headline: `there is no architecture "${name}"`,
    values: {
      architecture: name,
      ...(meant !== undefined && { 'did you mean': meant }),
      known: `${ARCHITECTURE_NAMES.join(', ')}; resnet<depth> for any depth 6n + 2`,
    },
    help: meant === undefined ? 'Use one of these names.' : `Write "${meant}".`,
  });
}
