// Card of a weights format: functions that recognise and open its files. The node load-network reads every format that
// has a card in this folder.
import type { Shape } from '../network.ts';
import type { Tensor } from '../tensor.ts';
import type { Architecture } from '../zoo/architecture.ts';

/** An open weight file. */
export interface WeightFile {
  /** Shapes of all tensors by name; the values are not read yet. */
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape }>;
  /** Reads the values of one tensor as float32, row-major. Throws `FailureError` if a value is not finite. */
  read(name: string): Promise<Tensor>;
  close(): Promise<void>;
  /**
   * Architecture that the file describes. Its tensor names are the names in the file. Absent if the file has only
   * tensors.
   */
  readonly architecture?: Architecture;
}

export interface NetworkFormat {
  /** Name in kebab-case; equal to the file name. */
  readonly name: string;
  /** Content of the files and their usual name, e.g. `named tensors, as PyTorch tools save them: .safetensors`. */
  readonly doc: string;
  /**
   * True if files of this format contain their architecture. For such a file, the user need not name an architecture.
   */
  readonly bringsArchitecture?: true;
  /**
   * Returns true if a file has this format. Formats are tried in the order of their names; the first match reads the
   * file.
   * @param first first bytes of the file, at most 512
   * @param fileName name without folders
   */
  readonly recognises: (first: Uint8Array, fileName: string) => boolean;
  /**
   * Opens a file for which `recognises` returned true. Throws `FailureError` (`bad-weights`) if the file is damaged.
   */
  readonly open: (path: string) => Promise<WeightFile>;
}

export function defineNetworkFormat(card: NetworkFormat): NetworkFormat {
  return Object.freeze(card);
}
