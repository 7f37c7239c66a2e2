// The network as data: a graph of named layers over one blob per tensor. Everything else (forward, tap, edit, fold) is a
// function of this value.
import type { Digest } from '../runtime/contracts/artifact.ts';

/** A weight tensor: little-endian float32, row-major, in the layout its operator documents. */
export interface TensorRef {
  readonly digest: Digest;
  readonly shape: readonly number[];
}

/** How an 8-bit image becomes the network's input: z = (pixel * scale - mean) / std, per channel. */
export interface InputSpec {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface Layer {
  readonly name: string;
  readonly op: string;
  /** Names of layers, or `input`. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | string | boolean | readonly number[]>>;
  readonly weights: Readonly<Record<string, TensorRef>>;
}

export interface Network {
  readonly architecture: string;
  readonly input: InputSpec;
  /** In topological order. */
  readonly layers: readonly Layer[];
  /** Name of the layer whose output is the network's (logits for a classifier; the tapped layer for a tap). */
  readonly output: string;
  /** Other names a layer goes by: `fc` for `linear`, `layer1` for the last block of the stage. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly classes?: readonly string[];
}
