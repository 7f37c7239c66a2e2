// The network as data: a graph of named layers with one blob per weight tensor. Forward pass, tap and folding are
// functions of this data.
import type { Digest } from '../runtime/contracts/artifact.ts';

/**
 * Shape of a weight, or of a layer's output for one image: [height, width, channels], or [features] after flattening.
 */
export type Shape = readonly number[];

/**
 * Reference to a stored weight tensor: a blob of little-endian float32 values, row-major. The card of the operator
 * names the axes.
 */
export interface TensorRef {
  readonly digest: Digest;
  readonly shape: Shape;
}

/** Size of the input image, and its normalisation from 8-bit pixels: z = (pixel * scale - mean) / std, per channel. */
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
  /** Names of the layers that this layer reads; `input` stands for the image. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | string | boolean | readonly number[]>>;
  readonly weights: Readonly<Record<string, TensorRef>>;
}

/**
 * Layer with the shapes of its weights, but without their values, as in an architecture. A `Layer` can be used wherever
 * a `LayerShape` is expected.
 */
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
  /** Layer names by short name: for example, `fc` stands for `linear`, and `layer1` for the last layer of stage 1. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly classes?: readonly string[];
}
