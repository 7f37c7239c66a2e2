// Bench `no-op`: time of a whole `lethe run` of 1,000 cached steps, relative to the bare start of Node, and relative to
// Turborepo with 1,000 cached tasks.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, pairedRatio, time } from './measure.ts';
import type { Command, Measurement } from './measure.ts';
import { BARE, inFolder, installPackages, lethe, writeLayeredPipeline, writeTurboWorkspace } from './projects.ts';

const STEPS = 1000;

export async function measure(): Promise<readonly Measurement[]> {
  return inFolder((folder) => {
    const file = writeLayeredPipeline(folder, STEPS);
    const noOp = lethe(folder, 'run', file);
    time(noOp);
    const bare = pairedRatio(noOp, BARE, 11);
    const turbo = turboNoOp(folder);
    const peer = pairedRatio(noOp, turbo, 11);
    return [
      atMost('no-op/node', bare.ratio, 4, `${STEPS} steps kept ${ms(bare.a)}, node -e 0 ${ms(bare.b)}`),
      atMost('no-op/turborepo', peer.ratio, 0.7, `${STEPS} steps kept ${ms(peer.a)}, Turborepo ${ms(peer.b)}`),
    ];
  });
}

/**
 * Returns the command of a Turborepo run in which all tasks are cached. To fill the cache quickly, the tasks are first
 * executed with a fake npm that does nothing. This does not change what is measured, because cached tasks never start
 * npm.
 */
function turboNoOp(folder: string): Command {
  const workspace = join(folder, 'turbo');
  const stand = join(folder, 'bin');
  mkdirSync(workspace);
  mkdirSync(stand);
  writeTurboWorkspace(workspace, STEPS);
  installPackages(workspace, 'turbo@2.11.11');
  writeFileSync(join(stand, 'npm'), '#!/bin/sh\nexit 0\n');
  chmodSync(join(stand, 'npm'), 0o755);
  const command: Command = {
    argv: [join(workspace, 'node_modules', '.bin', 'turbo'), 'run', 'build', '--output-logs=none'],
    cwd: workspace,
    env: { PATH: `${stand}:${process.env['PATH'] ?? ''}`, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  };
  time(command);
  return command;
}

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;
