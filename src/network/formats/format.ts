// Card of a weights format: how its files are recognised and read. load-network reads every format that has a card in
// this folder.
import type { Shape } from '../network.ts';
import type { Tensor } from '../tensor.ts';
import type { Architecture } from '../zoo/architecture.ts';

/** An open weight file. */
export interface WeightFile {
  /** Shapes of all tensors by name; the values are not read yet. */
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape }>;
  /** Values of one tensor as finite float32, row-major. Throws `FailureError` if they are not finite. */
  read(name: string): Promise<Tensor>;
  close(): Promise<void>;
  /** Network of the weights, if the file describes it. Its tensors have the names used in the file. */
  readonly architecture?: Architecture;
}

export interface NetworkFormat {
  /** Name in kebab-case; equal to the file name. */
  readonly name: string;
  /** Content of the files and their usual name, e.g. `named tensors, as PyTorch tools save them: .safetensors`. */
  readonly doc: string;
  /** True if files of this format describe their own networks, so that `architecture` need not be given. */
  readonly bringsArchitecture?: true;
  /**
   * True if a file is of this format. Formats are tried in the order of their names, and the first match reads the
   * file.
   * @param first first bytes of the file, at most 512
   * @param fileName name without folders
   */
  readonly recognises: (first: Uint8Array, fileName: string) => boolean;
  /** Opens a file that was recognised. Throws `FailureError` (`bad-weights`) if it is damaged. */
  readonly open: (path: string) => Promise<WeightFile>;
}

export function defineNetworkFormat(card: NetworkFormat): NetworkFormat {
  return Object.freeze(card);
}
