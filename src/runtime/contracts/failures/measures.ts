// Failures of measurements: sensitivities, noise, concentrations, and their images.
import type { Words } from '../words.ts';

export const measuresFailures = {
  /** Features, gradients or other numbers of a layer overflow. `what` names them, in the plural. */
  'not-finite': ({ what, layer, image }: { readonly what: string } & MeasuredAt): Words => ({
    headline: `${what} of a layer are not finite`,
    values: { layer, image },
    help: 'The network overflows at this image. Look for weights that are huge or NaN, and check that the input is normalised as in training.',
  }),
  /** The features of a layer do not depend on the image. */
  'no-sensitivity': ({ layer, image }: MeasuredAt): Words => ({
    headline: 'the features do not change with the image: delta_f^2 = 0',
    values: { layer, image },
    help: 'No feature of the layer is active at this image, or the layer does not depend on the input. Tap an earlier layer, leave the image out, or use `per: dataset`.',
  }),
  /**
   * The value of `per` requires a port that is not connected. `given` is true if the port that the other value of `per`
   * requires is connected.
   */
  'port-for-per': ({ per, port, given }: PortForPer): Words => ({
    headline: `per: ${per} needs the port ${port}`,
    help: `Add it: "from: { ${port}: STEP }"${given ? `, or choose per: ${per === 'dataset' ? 'image' : 'dataset'}` : ''}.`,
  }),
  /** An image does not have the size of the network's input. Sizes are written as width x height x channels. */
  'image-size': ({ image, position, size, input }: ImageSize): Words => ({
    headline: "an image does not have the size of the network's input",
    values: { image, position, 'image size': size, 'input of the network': input },
    help: 'Load the images at the size of the network (`size` of the data set step), or build the network for the size of the images.',
  }),
  /** The activations of one image do not fit into the memory of a task. `needed` and `left` are sizes with a unit. */
  'too-little-memory-for-image': ({ layer, needed, left }: MemoryForImage): Words => ({
    headline: 'the activations of one image do not fit into the allowed memory',
    values: { layer, 'needed for one image': needed, 'left for this task': left },
    help: 'Raise --memory, lower --jobs, or tap an earlier layer.',
  }),
  /** The blocks of a sigma grid are smaller than pixels. Sizes are written as rows x columns. */
  'grid-too-fine': ({ grid, image }: { readonly grid: string; readonly image: string }): Words => ({
    headline: `a grid of ${grid} blocks is finer than an image of ${image} pixels`,
    values: { grid, image },
    help: `Use \`grid: pixel\`, or a grid of at most ${image} blocks.`,
  }),
  /** The port `delta` has no value for an image. */
  'no-delta-f2': ({ image, position }: { readonly image: string; readonly position: number }): Words => ({
    headline: 'there is no delta_f^2 for an image',
    values: { image, position },
    help: 'Give `estimate-delta-f2` the same data set as `optimize-sigma`, or set `per: dataset` in `estimate-delta-f2`.',
  }),
  /** The sigma from the port `start` belongs to an image of a different size. Sizes are written as height x width. */
  'start-of-another-size': ({ image, start, here }: StartSize): Words => ({
    headline: 'the sigma on the port `start` was measured on images of a different size',
    values: { image, start: `${start} pixels`, here: `${here} pixels` },
    help: 'Remove `start`, or connect a sigma that was measured on images of this size.',
  }),
  /**
   * The image at a position of the data set is not the image on which the metric was measured. `measured` is the digest
   * of the measured image. `found` is the digest of the image in the data set, absent if there is none at this
   * position.
   */
  'other-images': ({ position, measured, found }: OtherImages): Words => ({
    headline: 'the metric was not measured on the images of this data set',
    values: { position, measured, 'data set has': found ?? 'no image at this position' },
    help: 'Give `concentration` the data set that the metric was measured on.',
  }),
  /** A mask and the metric's map of the same image differ in size. Sizes are written as width x height. */
  'map-size': ({ image, mask, map }: MapSize): Words => ({
    headline: 'a mask and the map of its image differ in size',
    values: { image, 'mask size': mask, 'map size': map },
    help: 'Load images and masks at the input size of the network (`size` of load-dataset).',
  }),
} as const;

export interface MeasuredAt {
  readonly layer: string;
  /** Name of the image. */
  readonly image: string;
}

export interface PortForPer {
  readonly per: 'image' | 'dataset';
  readonly port: string;
  readonly given: boolean;
}

export interface MemoryForImage {
  readonly layer: string;
  readonly needed: string;
  readonly left: string;
}

export interface ImageSize {
  readonly image: string;
  readonly position: number;
  readonly size: string;
  readonly input: string;
}

export interface StartSize {
  readonly image: string;
  readonly start: string;
  readonly here: string;
}

export interface OtherImages {
  readonly position: number;
  readonly measured: string;
  readonly found?: string;
}

export interface MapSize {
  readonly image: string;
  readonly mask: string;
  readonly map: string;
}
