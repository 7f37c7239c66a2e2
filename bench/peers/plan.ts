// Files given to both sides of a race: the plan of a network (its layers, with the names of their tensors), its weights
// (safetensors), and images (float32, [count, height, width, channels], normalised).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../../scripts/prepare.mjs';
import { Random } from '../../src/math/random.ts';
import { writeSafetensors } from '../../src/network/formats/safetensors.ts';
import type { InputSpec } from '../../src/network/network.ts';
import { tapPoint } from '../../src/network/tap.ts';
import type { Architecture } from '../../src/network/zoo/architecture.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { initialise } from '../../src/network/zoo/initialise.ts';

export interface PlanFiles {
  readonly plan: string;
  readonly weights: string;
  readonly images: string;
  readonly labels: readonly number[];
}

const shared = resolve(root, '..', 'shared', 'data');
export const sharedFile = (...parts: string[]): string => join(shared, ...parts);

/**
 * Writes the files for a ResNet, up to the tap of a layer if `tap` is given. Its weights are the published ones if
 * their file is available, else random, since the speed does not depend on them.
 */
export function resnetPlan(folder: string, name: string, count: number, tap?: string): PlanFiles {
  const architecture = buildArchitecture(name);
  const published = sharedFile('models', 'cifar10', `${name}.safetensors`);
  const output = tap === undefined ? architecture.output : tapPoint(architecture, tap, 'post-activation');
  const files = writePlan(folder, { ...architecture, output });
  const weights = existsSync(published) ? published : randomWeights(folder, architecture);
  return { ...files, weights, ...writeImages(folder, architecture.input, count) };
}

/** Writes the files for any architecture, with random weights from a fixed seed. */
export function randomPlan(folder: string, architecture: Architecture, count: number): PlanFiles {
  const weights = randomWeights(folder, architecture);
  return { ...writePlan(folder, architecture), weights, ...writeNoise(folder, architecture.input, count) };
}

function writePlan(folder: string, architecture: Architecture): { plan: string } {
  const plan = join(folder, `${architecture.architecture}.json`);
  writeFileSync(plan, JSON.stringify(architecture));
  return { plan };
}

function randomWeights(folder: string, architecture: Architecture): string {
  const path = join(folder, `${architecture.architecture}.safetensors`);
  writeFileSync(path, writeSafetensors(initialise(architecture, 'race')));
  return path;
}

function writeImages(folder: string, input: InputSpec, count: number): Pick<PlanFiles, 'images' | 'labels'> {
  const file = sharedFile('cifar10', 'test_0000_0599.bin');
  if (!existsSync(file)) return writeNoise(folder, input, count);
  const bytes = readFileSync(file);
  const images = new Float32Array(count * 3072);
  const labels = Array.from({ length: count }, (_, k) => bytes[k * 3073] as number);
  for (let i = 0; i < images.length; i++) {
    const [k, place, channel] = [Math.floor(i / 3072), Math.floor((i % 3072) / 3), i % 3];
    const value = (bytes[k * 3073 + 1 + channel * 1024 + place] as number) * input.scale;
    images[i] = (value - (input.mean[channel] as number)) / (input.std[channel] as number);
  }
  return { images: writeFloats(folder, images), labels };
}

function writeNoise(
  folder: string,
  { height, width, channels }: InputSpec,
  count: number,
): Pick<PlanFiles, 'images' | 'labels'> {
  const images = new Float32Array(count * height * width * channels);
  new Random('race/images').fillNormal(images);
  return { images: writeFloats(folder, images), labels: Array.from({ length: count }, (_, k) => k % 10) };
}

function writeFloats(folder: string, values: Float32Array): string {
  const path = join(folder, 'images.f32');
  writeFileSync(path, new Uint8Array(values.buffer));
  return path;
}
