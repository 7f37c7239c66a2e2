// Reads a whole data set into memory for the training of a classifier.
import type { ArtifactReader } from '../../../runtime/contracts/artifact.ts';
import { fail, failure } from '../../../runtime/contracts/failure.ts';
import { readDataset, type Dataset } from '../../kinds/dataset.ts';
import type { ImageStack } from './batches.ts';

/** Number of blobs read at the same time. */
const together = 64;

/**
 * Reads the pixels, the class numbers (as targets) and the description (`value`) of the data set. Throws `FailureError`
 * (`image-sizes`) if images differ in size.
 */
export async function readStack(
  artifact: ArtifactReader,
): Promise<{ readonly stack: ImageStack; readonly value: Dataset }> {
  const { value, items } = await readDataset(artifact);
  const { height, width, channels } = value;
  if (height === undefined || width === undefined) {
    return fail(failure('image-sizes', { dataset: value.name }));
  }
  const length = height * width * channels;
  const pixels = new Uint8Array(items.length * length);
  for (let start = 0; start < items.length; start += together) {
    const blobs = await Promise.all(items.slice(start, start + together).map((item) => artifact.blob(item.digest)));
    blobs.forEach((blob, i) => pixels.set(blob, (start + i) * length));
  }
  const targets = Int32Array.from(items, (item) => item.label);
  return { stack: { pixels, targets, count: items.length, height, width, channels }, value };
}
