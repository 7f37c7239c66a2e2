// Sets up a contest: files in a temporary folder, the players on them, all gone afterwards.
import { inFolder } from '../projects.ts';
import { findBackends } from '../../src/compute/find-backends.ts';
import type { BackendName } from '../../src/runtime/contracts/backend-names.ts';
import type { PlanFiles } from './plan.ts';
import type { Player } from './player.ts';
import { lethePlayer, pytorchPlayer } from './player.ts';

export type Layout = 'contiguous' | 'channels_last';

export interface Setting {
  readonly files: PlanFiles;
  readonly batch: number;
  readonly threads: number;
  readonly training?: boolean;
}

/** Makes players that have the network open, hands them over and ends them, whatever happens. */
export async function withPlayers<T>(
  use: (open: {
    readonly lethe: (backend: BackendName, setting: Setting) => Promise<Player>;
    readonly pytorch: (layout: Layout, setting: Setting) => Promise<Player>;
    readonly folder: string;
  }) => Promise<T>,
  python: string,
): Promise<T> {
  const players: Player[] = [];
  const open = async (player: Player, setting: Setting, layout?: Layout): Promise<Player> => {
    players.push(player);
    const { files, ...rest } = setting;
    await player.ask({ do: 'open', ...files, ...rest, layout });
    return player;
  };
  return inFolder(async (folder) => {
    try {
      return await use({
        folder,
        lethe: (backend, setting) => open(lethePlayer(backend, setting.threads), setting),
        pytorch: (layout, setting) => open(pytorchPlayer(python, setting.threads), setting, layout),
      });
    } finally {
      await Promise.all(players.map((player) => player.close()));
    }
  });
}

/** Tells the user on stderr where a backend that a race needs is missing. */
export function isHere(backend: BackendName): boolean {
  if (findBackends().includes(backend)) return true;
  console.error(`the ${backend} backend is not installed here; \`lethe setup\` installs it`);
  return false;
}
