// Interface through which the formulas use a network: a differentiable map from images to features, x -> f = h(x).
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

export interface FeatureMap {
  /** Shape of one image: [height, width, channels]. */
  readonly inputShape: readonly [number, number, number];
  /** Number of features m of one image. */
  readonly features: number;
  /** Forward pass: x [B,H,W,C] -> f [B,m]. The caller disposes the result. */
  forward(x: Tensor4D): Tensor;
  /**
   * Forward pass f = h(x) [B,m] with its pullback u [B,m] -> J(x)^T u [B,H,W,C], image by image. The pullback may be
   * called several times. `dispose` frees f and the tensors held for the pullback.
   */
  linearize(x: Tensor4D): { readonly f: Tensor; pullback(u: Tensor): Tensor4D; dispose(): void };
  /** Frees the weights. */
  dispose(): void;
}
