// Prepares a race of Lethe against PyTorch: writes the files to a temporary folder, starts a process (`Player`) for
// each side, and removes everything afterwards.
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

/**
 * Calls `use` with a function for Lethe and a function for PyTorch. Each call of such a function starts a process that
 * has loaded the network. All processes are ended afterwards, even after an error.
 */
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

/** True if a backend is installed. Otherwise tells the user so on stderr. */
export function isHere(backend: BackendName): boolean {
  if (findBackends().includes(backend)) return true;
  console.error(`the ${backend} backend is not installed here; \`lethe setup\` installs it`);
  return false;
}
