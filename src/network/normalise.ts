// Normalisation of 8-bit pixels to the input of a network.
import type { InputSpec } from './network.ts';

/** Returns the normalised value z = (pixel * scale - mean) / std, with the mean and std of the channel. */
export function normalise(pixel: number, { scale, mean, std }: InputSpec, channel: number): number {
  return (pixel * scale - mean[channel]!) / std[channel]!;
}
