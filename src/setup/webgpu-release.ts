// Packages of the webgpu backend, with name, version and digest. Only data: nothing is downloaded here.
import type { NpmPackage } from './native-release.ts';

export interface WebgpuRelease {
  readonly packages: readonly NpmPackage[];
  /** Size of the unpacked packages, in bytes. */
  readonly bytes: number;
}

/** Names of the platforms for which Dawn's package has a binary. The folder of a binary has the same name. */
export const dawnPlatforms: readonly string[] = [
  'linux-x64',
  'linux-arm64',
  'darwin-universal',
  'win32-x64',
  'win32-arm64',
];

/** Oldest version of glibc with which Dawn's Linux binary works. */
export const dawnGlibc = '2.34';

export const webgpuRelease: WebgpuRelease = {
  packages: [
    {
      spec: 'webgpu@0.6.2',
      file: 'webgpu-0.6.2.tgz',
      integrity: 'sha512-3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==',
      into: 'node_modules/webgpu',
    },
    {
      spec: '@tensorflow/tfjs-backend-webgpu@4.22.0',
      file: 'tensorflow-tfjs-backend-webgpu-4.22.0.tgz',
      integrity: 'sha512-lvIc7Af4Tl2BCdYp43iQmSCRq3asaKT0q2xaErphXiUZ+jqeB0bQa0ZvQys1Xatvto0U4/c90DVsHPfvkn5ftg==',
      into: 'node_modules/@tensorflow/tfjs-backend-webgpu',
    },
  ],
  bytes: 210_000_000,
};
