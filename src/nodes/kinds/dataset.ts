// The kind `dataset`: images in the store, one blob each, and a manifest that lists them. How it is written and read.
import {
  defineKind,
  type Artifact,
  type ArtifactReader,
  type Digest,
  type ItemEntry,
} from '../../runtime/contracts/artifact.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import type { ImageSet, LabelledImage } from '../../datasets/image-set.ts';

export const datasetKind = defineKind({
  name: 'dataset',
  doc: 'Labelled 8-bit images. An item is an image: its blob holds height x width x channels bytes, channels last; `mask` is a blob of height x width bytes, 1 on the object.',
  codec: 'json',
});

/** `value` of the artifact. */
export interface Dataset {
  readonly name: string;
  /** Given where all images have the same. */
  readonly height?: number;
  readonly width?: number;
  readonly channels: number;
  readonly classes: readonly string[];
  readonly count: number;
}

/** An entry of its `items`; equal images have equal ids. */
export interface DatasetItem extends ItemEntry {
  readonly label: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly mask?: Digest;
  readonly name: string;
}

/** The parts of a node's context that writing needs. */
interface WriteContext {
  readonly signal: AbortSignal;
  put(bytes: Uint8Array): Promise<Digest>;
  json(
    kind: typeof datasetKind,
    value: unknown,
    refs?: readonly Digest[],
    items?: readonly ItemEntry[],
  ): Promise<Artifact>;
  warn(message: string): void;
  progress(done: number, total: number, unit: string): void;
}

/** Images on their way to the store at a time. */
const together = 64;

/** Puts every image of a set into the store. Fails with `empty-dataset` where there is none. */
export async function writeDataset(context: WriteContext, set: ImageSet): Promise<Artifact> {
  const items: DatasetItem[] = [];
  let pending: Promise<DatasetItem>[] = [];
  const settle = async (): Promise<void> => {
    items.push(...(await Promise.all(pending)));
    pending = [];
    context.progress(items.length, set.count, 'images');
  };
  for await (const image of set.images()) {
    context.signal.throwIfAborted();
    pending.push(putImage(context, image));
    if (pending.length === together) await settle();
  }
  await settle();
  const [first] = items;
  if (!first) {
    return fail({
      reason: 'empty-dataset',
      headline: 'the data set has no images',
      values: { 'data set': set.name },
      help: 'Check the folder or file, and `offset` and `limit`: they count from the first image.',
    });
  }
  for (const remark of set.remarks) context.warn(remark);
  const same = items.every((item) => item.height === first.height && item.width === first.width);
  const value: Dataset = {
    name: set.name,
    ...(same && { height: first.height, width: first.width }),
    channels: first.channels,
    classes: set.classes,
    count: items.length,
  };
  const refs = new Set(items.flatMap((item) => (item.mask ? [item.digest, item.mask] : [item.digest])));
  return context.json(datasetKind, value, [...refs], items);
}

async function putImage(context: WriteContext, image: LabelledImage): Promise<DatasetItem> {
  const { label, height, width, channels, name } = image;
  const [digest, mask] = await Promise.all([context.put(image.pixels), image.mask && context.put(image.mask)]);
  return { id: digest, digest, label, height, width, channels, name, ...(mask && { mask }) };
}

/** What a data set artifact says, and its images in order. */
export async function readDataset(
  artifact: ArtifactReader,
): Promise<{ readonly value: Dataset; readonly items: readonly DatasetItem[] }> {
  return { value: await artifact.value<Dataset>(), items: ((await artifact.items()) ?? []) as readonly DatasetItem[] };
}
