// The kind `dataset`: one blob per image, and a manifest that lists the blobs. Also the functions that write and read
// data sets.
import {
  defineKind,
  type Artifact,
  type ArtifactReader,
  type Digest,
  type ItemEntry,
} from '../../runtime/contracts/artifact.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { ImageSet, LabelledImage } from '../../datasets/image-set.ts';

export const datasetKind = defineKind({
  name: 'dataset',
  doc: 'Labelled 8-bit images. An item is an image: its blob holds height x width x channels bytes, channels last. Fields of an item: `label`, `height`, `width`, `channels`, and where known `mask`, a blob of height x width bytes, 1 on the object.',
  codec: 'json',
});

/** Description of a data set: the JSON value of a `dataset` artifact. */
export interface Dataset {
  readonly name: string;
  /** Height and width of every image; absent if the images differ in size. */
  readonly height?: number;
  readonly width?: number;
  readonly channels: number;
  readonly classes: readonly string[];
  readonly count: number;
}

/** An image of a data set. Images with equal pixels have equal ids. */
export interface DatasetItem {
  readonly id: Digest;
  /** Blob of the pixels. */
  readonly digest: Digest;
  /** Index into `classes`. */
  readonly label: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly mask?: Digest;
  /** File name or record number. */
  readonly name: string;
}

/** The functions of a node's context that `writeDataset` needs. */
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

/** Number of images that are written to the store at the same time. */
const together = 64;

/** Writes all images of a set to the store. Fails with `empty-dataset` if there are none. */
export async function writeDataset(context: WriteContext, set: ImageSet): Promise<Artifact> {
  const items: StoredImage[] = [];
  let pending: Promise<StoredImage>[] = [];
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
    return fail(failure('empty-dataset', { dataset: set.name }));
  }
  for (const remark of set.remarks) context.warn(remark);
  const same = items.every(({ seen }) => seen.height === first.seen.height && seen.width === first.seen.width);
  const value: Dataset = {
    name: set.name,
    ...(same && { height: first.seen.height, width: first.seen.width }),
    channels: first.seen.channels,
    classes: set.classes,
    count: items.length,
  };
  return context.json(datasetKind, value, [], items);
}

/** Entry of the manifest: one image. */
interface StoredImage extends ItemEntry {
  readonly name: string;
  readonly seen: {
    readonly label: number;
    readonly height: number;
    readonly width: number;
    readonly channels: number;
    readonly mask?: Digest;
  };
}

async function putImage(context: WriteContext, image: LabelledImage): Promise<StoredImage> {
  const { label, height, width, channels, name } = image;
  const [digest, mask] = await Promise.all([context.put(image.pixels), image.mask && context.put(image.mask)]);
  const seen = { label, height, width, channels };
  if (mask === undefined) return { id: digest, digest, name, seen };
  return { id: digest, digest, refs: [mask], name, seen: { ...seen, mask } };
}

/** Reads the description of a data set (`value`) and the entries of its images (`items`), in order. */
export async function readDataset(
  artifact: ArtifactReader,
): Promise<{ readonly value: Dataset; readonly items: readonly DatasetItem[] }> {
  const stored = ((await artifact.items()) ?? []) as readonly StoredImage[];
  const items = stored.map(({ id, digest, name, seen }): DatasetItem => ({ id, digest, name, ...seen }));
  return { value: await artifact.value<Dataset>(), items };
}
