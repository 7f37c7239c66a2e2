// The network as data: a graph of named layers over one blob per tensor. Everything else (forward, tap, fold) is a function of it.
import type { Digest } from '../runtime/contracts/artifact.ts';

/** Sizes of a value or a weight. Values are those of one image: [height, width, channels], or [features] once flattened. */
export type Shape = readonly number[];

/** A weight tensor: little-endian float32, row-major, with the axes that the card of its operator names. */
export interface TensorRef {
  readonly digest: Digest;
  readonly shape: Shape;
}

/** Size of the input, and its normalisation from 8-bit pixels: z = (pixel * scale - mean) / std, per channel. */
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

/** A layer of which only the shapes of the weights are known (a plan of the zoo), or a layer of a network. */
export interface LayerShape extends Omit<Layer, 'weights'> {
  readonly weights: Readonly<Record<string, { readonly shape: Shape }>>;
}

export interface Network {
  readonly architecture: string;
  readonly input: InputSpec;
  /** Layers in topological order. */
  readonly layers: readonly Layer[];
  /** Name of the layer whose output is the network's (logits for a classifier; the tapped layer for a tap). */
  readonly output: string;
  /** Short names of layers: `fc` for `linear`, `layer1` for the last block of the stage. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly classes?: readonly string[];
}
