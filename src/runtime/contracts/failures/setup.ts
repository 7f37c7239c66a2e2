// Failures of setting up backends: platform, downloads, archives, compilation.
import type { Words } from '../words.ts';

const WASM = 'Everything works on the backend wasm, which needs no setup.';
const OTHER_FOLDER = 'choose another folder with LETHE_HOME (set it for later runs too)';

export const setupFailures = {
  /** No binary of the backend exists for this operating system and processor. */
  'unsupported-platform': ({ backend, platform, arch, platforms }: UnsupportedPlatform): Words => ({
    headline: `the ${backend} backend has no binary for this platform, ${platform} ${arch}`,
    values: { platforms: platforms.join(', ') },
    help:
      backend === 'webgpu'
        ? WASM
        : `${WASM} For native speed here, run \`npm install @tensorflow/tfjs-node\` in your project: Lethe uses this package if it loads (its publisher provides binaries for macOS, Windows and Linux). On a machine with a GPU, \`lethe setup --webgpu\` gives the webgpu backend.`,
  }),
  /** The C library is not glibc. `needed` is the oldest version that works. */
  'no-glibc': ({ backend, needed }: { readonly backend: string; readonly needed: string }): Words => ({
    headline: `the ${backend} backend needs the GNU C library, but this system has a different one (Alpine has musl)`,
    help: `${WASM} The ${backend} backend needs a system with glibc ${needed} or later, such as the container image node:20-bookworm.`,
  }),
  /** glibc is too old. */
  'old-glibc': ({ backend, found, needed }: OldGlibc): Words => ({
    headline: `the C library of this system is too old for the ${backend} backend`,
    values: { found, needed: `${needed} or later` },
    help: `${WASM} The ${backend} backend needs a system with glibc ${needed} or later, such as the container image node:20-bookworm.`,
  }),
  /** The folder for the backend cannot be created or written to. `why` is the message of the system. */
  'unwritable-folder': ({ folder, why }: { readonly folder: string; readonly why: string }): Words => ({
    headline: 'the folder for the backend cannot be written to',
    values: { folder, why },
    help: `Make it writable, or ${OTHER_FOLDER}.`,
  }),
  /** An error of the file system during setup that has no reason of its own. `why` is the message of the system. */
  'setup-failed': ({ folder, why }: { readonly folder: string; readonly why: string }): Words => ({
    headline: 'the setup failed',
    values: { folder, why },
    help: `Fix the problem named above, or ${OTHER_FOLDER}, then run the setup again.`,
  }),
  /** The user stopped the setup. */
  'setup-interrupted': ({ backend }: { readonly backend: string }): Words => ({
    headline: 'the setup was interrupted',
    help:
      backend === 'webgpu'
        ? 'Nothing was installed. Run `lethe setup --webgpu` again.'
        : 'Nothing was installed. Run `lethe setup` again: it resumes the download.',
  }),
  /** Another process sets up the same folder. `mark` is its lock file. */
  'setup-running': ({ process, mark }: { readonly process: number; readonly mark: string }): Words => ({
    headline: 'another `lethe setup` is using this folder',
    values: { process, 'lock file': mark },
    help: 'Wait for it to finish. If there is no such process, delete the lock file.',
  }),
  /** The folder of the backend holds files that no setup put there. */
  'folder-in-use': ({ folder }: { readonly folder: string }): Words => ({
    headline: 'the folder for the backend contains other files',
    values: { folder },
    help: `Move or delete these files, or ${OTHER_FOLDER}, then run the setup again.`,
  }),
  /** The package that LETHE_TENSORFLOW names does not work. */
  'bad-chosen-package': ({ chosen, variant }: { readonly chosen: string; readonly variant: string }): Words => ({
    headline: 'LETHE_TENSORFLOW names a package that does not work',
    values: { LETHE_TENSORFLOW: chosen, needed: `a tfjs-node package with a compiled binding (${variant})` },
    help: 'Unset LETHE_TENSORFLOW and run `lethe setup` again, or set it to a package that works.',
  }),
  /** No C++ compiler was found. `chosen` is true if the environment variable CXX names the compiler. */
  'no-compiler': ({ lookedFor, path, chosen }: NoCompiler): Words => ({
    headline: 'a C++ compiler is needed for the native backend, and none was found',
    values: { 'looked for': `${lookedFor.join(', ')}${chosen ? ' (from CXX)' : ''}`, PATH: path },
    help: 'Install one (Debian, Ubuntu: `apt-get install g++`; Fedora: `dnf install gcc-c++`), then run `lethe setup` again. Meanwhile everything works on wasm.',
  }),
  /** The compiler failed. `said` is the end of its output. */
  'compile-failed': ({ compiler, said, wasKilled }: CompileFailed): Words => ({
    headline: 'the native binding did not compile',
    values: { compiler, said },
    help: wasKilled
      ? 'The compiler was killed, most likely for lack of memory: free about 1 GiB and run `lethe setup` again.'
      : 'Use g++ 9 or later, or clang 10 or later (choose it with CXX), then run `lethe setup` again.',
  }),
  /** The source of the native TensorFlow binding differs from the version for which Lethe's additions were written. */
  'unexpected-source': ({ file, line }: { readonly file: string; readonly line: string }): Words => ({
    headline: 'the source of the native binding differs from the expected version',
    values: { file, 'line expected exactly once': line },
    help: 'Run `lethe setup` again; if that does not help, everything works on wasm.',
  }),
  /** The built package of TensorFlow does not load, or computes wrong results. */
  'native-does-not-load': ({ tensorflow, why }: { readonly tensorflow: string; readonly why: string }): Words => ({
    headline: 'the native backend was built but does not work on this machine',
    values: { tensorflow, why },
    help: 'It was not installed; everything works on wasm. A processor without AVX or a very old libstdc++ cannot run TensorFlow.',
  }),
  /** The downloaded packages of webgpu do not load. */
  'webgpu-does-not-load': ({ why }: { readonly why: string }): Words => ({
    headline: 'the webgpu backend was downloaded but does not load on this machine',
    values: { why },
    help: 'The download was deleted and nothing was installed; everything works on wasm.',
  }),
  /** The webgpu backend was installed but finds no GPU. */
  'setup-without-gpu': ({ folder, why }: { readonly folder: string; readonly why: string }): Words => ({
    headline: 'the webgpu backend is installed but finds no GPU',
    values: { folder, why },
    help: 'Fix the problem named above; `lethe doctor` then shows the GPU. Meanwhile everything works on wasm.',
  }),
  /** npm is not installed or not on PATH. */
  'no-npm': ({ path }: { readonly path: string }): Words => ({
    headline: 'npm was not found',
    values: { PATH: path },
    help: 'Install npm or put it on PATH, then run the setup again.',
  }),
  /** npm could not download the packages. `said` is the end of its output. */
  'npm-failed': ({ packages, said }: { readonly packages: readonly string[]; readonly said: string }): Words => ({
    headline: 'npm could not download the packages of the backend',
    values: { packages: packages.join(', '), 'npm said': said },
    help: `Try \`npm view ${packages[0] ?? 'lethe'} version\`. If that works, run the setup again. If not, fix the registry settings of npm (\`npm config get registry\`).`,
  }),
  /** The digest of a downloaded file differs from the digest that the release states. Setup has deleted the file. */
  'bad-checksum': ({ file, from, bytes, expected, found }: BadChecksum): Words => ({
    headline: 'a downloaded file has a wrong digest; it was deleted',
    values: {
      file,
      from,
      ...(bytes === undefined ? {} : { bytes }),
      expected,
      ...(found === undefined ? {} : { found }),
    },
    help:
      from === 'npm'
        ? 'The registry (`npm config get registry`) has a different file under this name and version. Use another registry, then run the setup again.'
        : 'Run `lethe setup` again. If it happens again, something between the package index and this machine changes files (a proxy, an outdated mirror): set PIP_INDEX_URL to another index.',
  }),
  /** A download ended early. The part received so far is kept. `target` is the path where the complete file belongs. */
  'download-failed': ({ file, from, why, have, bytes, target }: DownloadFailed): Words => ({
    headline: 'a file could not be downloaded',
    values: { file, from, why, received: `${have} of ${bytes} bytes` },
    help: `Check the network (HTTPS_PROXY and PIP_INDEX_URL are respected) and run \`lethe setup\` again: it resumes the download. Or download the file yourself and save it as ${target}`,
  }),
  /** The package index does not answer. */
  'index-unreachable': ({ project, index, why }: IndexUnreachable): Words => ({
    headline: 'the package index does not answer',
    values: { project, index, why },
    help: /certificate|self.signed|issuer/i.test(why)
      ? 'The certificate is not trusted. Set NODE_EXTRA_CA_CERTS (or PIP_CERT) to the PEM file of your organisation, then run `lethe setup` again.'
      : 'Check the network. HTTPS_PROXY, PIP_INDEX_URL and pip.conf are respected.',
  }),
  /**
   * The package index does not list a required file. `answer` is the HTTP status, `listed` the number of listed files.
   */
  'wheel-not-found': ({ project, index, file, answer, listed }: WheelNotFound): Words => ({
    headline: 'the package index does not have a required file',
    values: { project, index, file, 'HTTP status': answer, 'files listed': listed },
    help: 'Set PIP_INDEX_URL to an index that has it (a full mirror of the public one), then run `lethe setup` again.',
  }),
  /** The package index configured for pip is not an http address. */
  'bad-index': ({ index }: { readonly index: string }): Words => ({
    headline: 'the package index configured for pip is not an http address',
    values: { index },
    help: 'Correct PIP_INDEX_URL or index-url in pip.conf.',
  }),
  /** A wheel or a tarball that is damaged or has unexpected content. */
  'bad-archive': ({ file, why }: { readonly file: string; readonly why: string }): Words => ({
    headline: 'an archive could not be unpacked',
    values: { file, why },
    help: 'Delete the file and run the setup again.',
  }),
} as const;

export interface UnsupportedPlatform {
  readonly backend: string;
  readonly platform: string;
  readonly arch: string;
  readonly platforms: readonly string[];
}

export interface OldGlibc {
  readonly backend: string;
  readonly found: string;
  readonly needed: string;
}

export interface NoCompiler {
  readonly lookedFor: readonly string[];
  readonly path: string;
  readonly chosen: boolean;
}

export interface CompileFailed {
  readonly compiler: string;
  readonly said: string;
  readonly wasKilled: boolean;
}

export interface BadChecksum {
  /** Name of the file, or specification of the npm package. */
  readonly file: string;
  /** Address without credentials, or `npm`. */
  readonly from: string;
  readonly bytes?: number;
  readonly expected: string;
  readonly found?: string;
}

export interface DownloadFailed {
  readonly file: string;
  readonly from: string;
  readonly why: string;
  readonly have: number;
  readonly bytes: number;
  readonly target: string;
}

export interface IndexUnreachable {
  readonly project: string;
  readonly index: string;
  readonly why: string;
}

export interface WheelNotFound {
  readonly project: string;
  readonly index: string;
  readonly file: string;
  readonly answer: number;
  readonly listed: number;
}
