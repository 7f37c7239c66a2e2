// The network as data: a graph of named layers with one blob per weight tensor. Forward pass, tap and folding are
// functions of this data.
import type { Digest } from '../runtime/contracts/artifact.ts';

/**
 * Shape of a weight, or of a layer's output for one image: [height, width, channels], or [features] after flattening.
 */
export type Shape = readonly number[];

/** A stored weight tensor: little-endian float32, row-major, with the axes that the card of its operator names. */
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
  /** Names of the layers that are read; `input` is the image. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | string | boolean | readonly number[]>>;
  readonly weights: Readonly<Record<string, TensorRef>>;
}

/** A layer whose weights are known only by shape, as in an architecture. Every layer of a network is one too. */
export interface LayerShape extends Omit<Layer, 'weights'> {
  readonly weights: Readonly<Record<string, { readonly shape: Shape }>>;
}

export interface Network {
  readonly architecture: string;
  readonly input: InputSpec;
  /** Layers in topological order. */
  readonly layers: readonly Layer[];
  /** Name of the output layer: the logits of a classifier, or the tapped layer of a tap. */
  readonly output: string;
  /** Layers by short name: for example `fc` for `linear`, `layer1` for the last block of stage 1. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly classes?: readonly string[];
}
