// Bench `help`: time of `lethe --help` relative to the bare start of Node.
import { atMost, pairedRatio } from './measure.ts';
import type { Measurement } from './measure.ts';
import { BARE, lethe } from './projects.ts';

export async function measure(): Promise<readonly Measurement[]> {
  const { ratio, a, b } = pairedRatio(lethe(process.cwd(), '--help'), BARE, 15);
  return [atMost('help', ratio, 1.6, `lethe --help ${ms(a)}, node -e 0 ${ms(b)}`)];
}

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;
