/**
 * Layout of the memory of the noise functions (scripts/noise-wat.ts), in bytes: the state of xoshiro128**, limits
 * (int32) and scales (float64) of the 128 ziggurat layers, and the output of one call.
 */
export const NOISE_LAYOUT = { state: 0, limits: 16, scales: 528, output: 2048, outputBytes: 65536 } as const;
