/** Pixels of one image file. */
export interface DecodedImage {
  /** RGB values, row by row, channels last. */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}
