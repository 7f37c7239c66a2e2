// The network input for an item of a data set: its pixels, normalised as the network expects.
import type { Item } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { InputSpec } from '../../network/network.ts';
import { normalise } from '../../network/normalise.ts';

/** Fields of a data set item that `inputImage` reads; nodes list them in `items.reads`. */
export const imageFields = ['height', 'width', 'channels'] as const;

/**
 * Returns the normalised image z = (pixel * scale - mean) / std per channel, [height, width, channels]. Fails with
 * `image-size` if the image does not have the input size of the network.
 */
export async function inputImage(item: Item, port: string, spec: InputSpec): Promise<Float32Array> {
  const slice = item.inputs[port]!;
  const [height, width, channels] = imageFields.map((field) => slice.read(field) as number);
  if (height !== spec.height || width !== spec.width || channels !== spec.channels) {
    fail(
      failure('image-size', {
        image: item.name,
        position: item.index,
        size: `${String(width)} x ${String(height)} x ${String(channels)}`,
        input: `${spec.width} x ${spec.height} x ${spec.channels}`,
      }),
    );
  }
  const pixels = await slice.bytes();
  const image = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) image[i] = normalise(pixels[i]!, spec, i % spec.channels);
  return image;
}
