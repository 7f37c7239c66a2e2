// The input of a network from an item of a data set: its pixels, normalised as the network expects.
import type { Item } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { InputSpec } from '../../network/network.ts';
import type { DatasetItem } from '../kinds/dataset.ts';

/** z = (pixel * scale - mean) / std per channel, [height, width, channels]. Fails with `image-size` where the image has another size. */
export async function inputImage(item: Item, port: string, spec: InputSpec): Promise<Float32Array> {
  const slice = item.inputs[port]!;
  const { height, width, channels } = slice.entry as Partial<DatasetItem>;
  if (height !== spec.height || width !== spec.width || channels !== spec.channels) {
    fail(
      failure('image-size', {
        image: imageName(item, port),
        position: item.index,
        size: `${String(width)} x ${String(height)} x ${String(channels)}`,
        input: `${spec.width} x ${spec.height} x ${spec.channels}`,
      }),
    );
  }
  const pixels = await slice.bytes();
  const image = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const channel = i % spec.channels;
    image[i] = (pixels[i]! * spec.scale - spec.mean[channel]!) / spec.std[channel]!;
  }
  return image;
}

/** Name of an image in messages. */
export function imageName(item: Item, port: string): string {
  const { name } = item.inputs[port]!.entry as Partial<DatasetItem>;
  return name ?? `image ${item.index} (${item.id.slice(0, 12)})`;
}
