// The card of a format of weights: how its files are recognised and read. load-network reads every format with a card in this folder.
import type { Shape } from '../network.ts';
import type { Tensor } from '../tensor.ts';
import type { Architecture } from '../zoo/architecture.ts';

/** An open file of weights. */
export interface WeightFile {
  /** All tensors by name, known without their values. */
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape }>;
  /** Values of one tensor as finite float32, row-major. Throws `FailureError` where they are not. */
  read(name: string): Promise<Tensor>;
  close(): Promise<void>;
  /** The network that the weights belong to, where the file describes it. Its tensors have the names used in the file. */
  readonly architecture?: Architecture;
}

export interface NetworkFormat {
  /** kebab-case; equals the file name. */
  readonly name: string;
  /** Content and usual name of the files, e.g. `named tensors, as PyTorch tools save them: .safetensors`. */
  readonly doc: string;
  /** Its files describe their networks, so that `architecture` need not be named. */
  readonly bringsArchitecture?: true;
  /**
   * True for a file of this format. Formats are asked in the order of their names, and the first one reads the file.
   * @param first the first bytes of the file, 512 at most
   * @param fileName without folders
   */
  readonly recognises: (first: Uint8Array, fileName: string) => boolean;
  /** Opens a file that is recognised. Throws `FailureError` (`bad-weights`) where it is damaged. */
  readonly open: (path: string) => Promise<WeightFile>;
}

export function defineNetworkFormat(card: NetworkFormat): NetworkFormat {
  return Object.freeze(card);
}
