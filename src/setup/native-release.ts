// Files from which `lethe setup` builds the backend tensorflow, with name, version and digest. Only data: nothing is
// downloaded here.

/** A wheel: a zip archive with a Python package. Python itself is not needed. */
export interface Wheel {
  /** Project name on the package index. */
  readonly project: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** npm package to download. `into` is the folder into which it is unpacked, relative to the installation folder. */
export interface NpmPackage {
  readonly spec: string;
  /** File name of the tarball from `npm pack`. */
  readonly file: string;
  /** SHA-512 digest in base64, as in a lock file of npm. */
  readonly integrity: string;
  readonly into: string;
}

export interface NativeRelease {
  /** Version of the TensorFlow library. */
  readonly version: string;
  readonly variant: 'cpu' | 'gpu';
  readonly packages: readonly NpmPackage[];
  readonly wheels: readonly Wheel[];
}

/**
 * Revision of Lethe's own changes to these files. A backend that was built with an earlier revision is built again.
 * Revision 2 added attributes that are lists (`teach-lists.ts`).
 */
export const BUILD_REVISION = 2;

const manylinux = 'cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl';

const packages: readonly NpmPackage[] = [
  {
    spec: '@tensorflow/tfjs-node@4.22.0',
    file: 'tensorflow-tfjs-node-4.22.0.tgz',
    integrity: 'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
    into: 'node_modules/@tensorflow/tfjs-node',
  },
  {
    // the only dependency of tfjs-node's backend beside tfjs-core
    spec: 'google-protobuf@3.21.4',
    file: 'google-protobuf-3.21.4.tgz',
    integrity: 'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
    into: 'node_modules/google-protobuf',
  },
  {
    // C headers of Node: many installations lack them, and Node-API is the same in all versions
    spec: 'node-api-headers@1.9.0',
    file: 'node-api-headers-1.9.0.tgz',
    integrity: 'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
    into: 'node_modules/node-api-headers',
  },
];

export const cpuRelease: NativeRelease = {
  version: '2.15.1',
  variant: 'cpu',
  packages,
  wheels: [
    {
      project: 'tensorflow-cpu',
      file: `tensorflow_cpu-2.15.1-${manylinux}`,
      bytes: 207_208_420,
      sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    },
  ],
};

/** TensorFlow built for CUDA 12.2, with the CUDA libraries that TensorFlow's Python package lists under `and-cuda`. */
export const gpuRelease: NativeRelease = {
  version: '2.15.1',
  variant: 'gpu',
  packages,
  wheels: [
    {
      project: 'tensorflow',
      file: `tensorflow-2.15.1-${manylinux}`,
      bytes: 475_258_663,
      sha256: 'bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4',
    },
    cuda('cublas', '12.2.5.6', 417_825_305, 'f448d8db463f9a2c7dd9a1e607c0961d3e95f825b86839c5882f7d073d406df0'),
    cuda('cuda_cupti', '12.2.142', 13_900_552, 'ce68d1009dd14215e38ed49643d31374c71d6fea381181cb0b9da7f19dfd1624'),
    cuda('cuda_nvcc', '12.2.140', 21_319_729, 'c6ff4ae7a636eb6cab7621191e19ac3779690686bbcf52c04d8b1ca2944e1e27'),
    cuda('cuda_nvrtc', '12.2.140', 23_430_053, 'b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7'),
    cuda('cuda_runtime', '12.2.140', 845_802, 'acb9cb7e44594a3512533497ea790d9f0b0e399abcc888584c157d1ffa080e41'),
    cuda('cudnn', '8.9.4.25', 720_096_787, '9f882d5b11753c566fd32427839089eb4f8ba7a58c28446ad359e32c40229723'),
    cuda('cufft', '11.0.8.103', 98_570_970, '72e961e578f9be9e316ccb4db8652c421dd0b57442624faa71061d452f449a67'),
    cuda('curand', '10.3.3.141', 56_463_566, '7b6bad6817b5df2a6f5ec221206fb895d9195fdd7d2443f3e86554108c141a0a'),
    cuda('cusolver', '11.5.2.141', 124_890_758, '5a85c4653ce34339a5688137f494a0f903e0f0532418550998167f00844161da'),
    cuda('cusparse', '12.1.2.141', 195_268_625, '4e13d6a51d2303dcb2a023ba09546811161f0334fc64e13689397bbd3b1eb126'),
    cuda('nccl', '2.16.5', 188_657_797, '84695a4248138fb2ca12f5fd3defe986e790e71ccdaad51b2ca34ca4e83ef421'),
    cuda('nvjitlink', '12.2.140', 20_177_273, '95635cafbf9f96c38bea5200ab145a2e6aefbb5405e0b04c1e4ba54df2d84ec9'),
  ],
};

function cuda(name: string, version: string, bytes: number, sha256: string): Wheel {
  const file = `nvidia_${name}_cu12-${version}-py3-none-manylinux1_x86_64.whl`;
  return { project: `nvidia-${name.replaceAll('_', '-')}-cu12`, file, bytes, sha256 };
}
