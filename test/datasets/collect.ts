// Collects all images of a set, for tests.
import type { ImageSet, LabelledImage } from '../../src/datasets/image-set.ts';

export async function collect(set: ImageSet): Promise<LabelledImage[]> {
  const images: LabelledImage[] = [];
  for await (const image of set.images()) images.push(image);
  return images;
}
