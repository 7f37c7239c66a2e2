// Failures of networks: architectures, layers, operators.
import { listNames } from '../did-you-mean.ts';
import type { Words } from '../words.ts';

export const networksFailures = {
  /** No architecture has this name. `family` is set if the name belongs to a family that has no such member. */
  'unknown-architecture': ({ architecture, near, known, family }: UnknownArchitecture): Words => ({
    headline:
      family === undefined
        ? `there is no architecture "${architecture}"`
        : `there is no ${family.name} with ${family.wanted}`,
    values: {
      architecture,
      ...(family === undefined
        ? { ...(near.length > 0 && { 'did you mean': near.join(' or ') }), known: known.join(', ') }
        : { allowed: family.allowed }),
    },
    help: near.length === 0 ? 'Use one of these names.' : `Write ${near.join(' or ')}.`,
  }),
  /** An option that the architecture does not have, or a value that it does not accept. */
  'bad-architecture-option': (given: BadArchitectureOption): Words => ({
    headline:
      given.problem === undefined
        ? `${given.architecture} has no option ${given.option}`
        : `${given.architecture} cannot take this ${given.option}: ${given.problem}`,
    values: {
      ...(given.value !== undefined && { [given.option]: given.value }),
      ...(given.meant !== undefined && { 'did you mean': given.meant }),
      [`options of ${given.architecture}`]: listNames(given.takes),
    },
    help:
      given.problem !== undefined
        ? `Change ${given.option}, or leave it out.`
        : given.meant === undefined
          ? 'Leave it out, or use one of these options.'
          : `Write ${given.meant}, or leave it out.`,
  }),
  /** Images so small that a layer of the architecture would have an empty output. */
  'images-too-small': ({ architecture, height, width, smallest }: ImagesTooSmall): Words => ({
    headline: `the images are too small for ${architecture}`,
    values: { height, width, smallest },
    help: `Use images of at least ${smallest} x ${smallest} pixels.`,
  }),
  /** The normalisation does not have one mean and one positive standard deviation per input channel. */
  'bad-normalisation': ({ channels, mean, std }: BadNormalisation): Words => ({
    headline: 'the normalisation does not fit the channels of the input',
    values: { channels, mean: mean.join(' '), std: std.join(' ') },
    help: 'Give one mean and one positive std per channel.',
  }),
  /** A graph of layers that is not a valid network. */
  'bad-network': ({ network, mistake }: BadNetwork): Words => {
    const { headline, layer, help } = networkMistake(mistake);
    return { headline, values: { network, ...(layer !== undefined && { layer }) }, help };
  },
  /** A layer whose operator is unknown, or (if `attribute` is set) an attribute that its operator does not support. */
  'unsupported-layer': ({ layer, operator, operators, attribute }: UnsupportedLayer): Words => ({
    headline:
      attribute === undefined
        ? `layer "${layer}" has the operator "${operator}", which is not supported`
        : `layer "${layer}" (${operator}) cannot be computed: ${attribute.name} is ${attribute.value ?? 'not given'}`,
    values: {
      layer,
      operator,
      ...(attribute === undefined
        ? { operators: listNames(operators ?? []) }
        : {
            attribute: attribute.name,
            ...(attribute.value !== undefined && { value: attribute.value }),
            expected: attribute.expected,
          }),
    },
    help:
      attribute === undefined
        ? 'Tap a layer before this one.'
        : 'Change the attribute in the network, or tap a layer before this one.',
  }),
  /** No layer has this name or short name. */
  'unknown-layer': ({ network, layer, meant, aliases, layers }: UnknownLayer): Words => ({
    headline: `${network} has no layer "${layer}"`,
    values: {
      layer,
      ...(meant !== undefined && { 'did you mean': meant }),
      ...(aliases.length > 0 && { 'short names': listNames(aliases, 40) }),
      layers: listNames(layers, 100),
    },
    help: meant === undefined ? 'Use one of these names.' : `Write "${meant}", or another of these names.`,
  }),
  /** A tapped layer whose output is the same for every image. */
  'constant-layer': ({ layer, madeFrom, zero }: ConstantLayer): Words => ({
    headline: `layer "${layer}" does not depend on the input`,
    values: {
      layer,
      ...(zero !== undefined && { 'all weights zero': listNames(zero) }),
      ...(madeFrom !== undefined && { 'computed from': madeFrom.length === 0 ? 'constants' : listNames(madeFrom) }),
    },
    help: `Its output is the same for every image, so there is no information to measure: ${
      zero === undefined ? 'tap a layer that depends on the image' : 'check the weights, or tap a layer before these'
    }.`,
  }),
  /** A network whose outputs overflow. */
  'network-not-finite': ({ layer, largest }: NetworkNotFinite): Words => ({
    headline: 'the network gives values that are not finite',
    values: { layer, 'largest output': largest },
    help: 'It overflows on random images. Look for huge weights, and give the normalisation used in training.',
  }),
} as const;

function networkMistake(mistake: NetworkMistake): {
  readonly headline: string;
  readonly layer?: string;
  readonly help: string;
} {
  switch (mistake.what) {
    case 'duplicate-layer':
      return {
        headline: `two layers are called "${mistake.layer}"`,
        layer: mistake.layer,
        help: mistake.layer === 'input' ? 'Choose another name: "input" stands for the image.' : 'Rename one of them.',
      };
    case 'later-input':
      return {
        headline: `layer "${mistake.layer}" reads "${mistake.input}", which comes later`,
        layer: mistake.layer,
        help: 'Put each layer after the layers that it reads.',
      };
    case 'unknown-input':
      return {
        headline: `layer "${mistake.layer}" reads "${mistake.input}", which is not a layer`,
        layer: mistake.layer,
        help: mistake.meant === undefined ? 'Name a layer before it, or "input".' : `Did you mean "${mistake.meant}"?`,
      };
    case 'unknown-operator':
      return {
        headline: `layer "${mistake.layer}" has the unknown operator "${mistake.operator}"`,
        layer: mistake.layer,
        help: `${mistake.meant === undefined ? '' : `Did you mean "${mistake.meant}"? `}Operators: ${mistake.operators.join(', ')}.`,
      };
    case 'unknown-output':
      return {
        headline: `the output "${mistake.layer}" is not a layer`,
        layer: mistake.layer,
        help: 'Name the layer whose output is the result of the network.',
      };
    case 'unknown-alias':
      return {
        headline: `the alias "${mistake.alias}" stands for "${mistake.layer}", which is not a layer`,
        layer: mistake.layer,
        help: 'Remove the alias, or let it stand for a layer.',
      };
    case 'shapes':
      return {
        headline: mistake.problem,
        help: 'Change the weights, inputs or attributes of the layer so that they fit.',
      };
  }
}

/** The first mistake found in a graph of layers. */
export type NetworkMistake =
  | { readonly what: 'duplicate-layer'; readonly layer: string }
  | { readonly what: 'later-input'; readonly layer: string; readonly input: string }
  | { readonly what: 'unknown-input'; readonly layer: string; readonly input: string; readonly meant?: string }
  | {
      readonly what: 'unknown-operator';
      readonly layer: string;
      readonly operator: string;
      readonly meant?: string;
      readonly operators: readonly string[];
    }
  | { readonly what: 'unknown-output'; readonly layer: string }
  | { readonly what: 'unknown-alias'; readonly alias: string; readonly layer: string }
  | { readonly what: 'shapes'; readonly problem: string };

export interface BadNetwork {
  readonly network: string;
  readonly mistake: NetworkMistake;
}

export interface UnknownArchitecture {
  readonly architecture: string;
  /** Names that may have been meant. */
  readonly near: readonly string[];
  readonly known: readonly string[];
  /**
   * Family to which the name belongs (e.g. `CIFAR ResNet`), requested member (e.g. `depth 21`), and allowed members.
   */
  readonly family?: { readonly name: string; readonly wanted: string; readonly allowed: string };
}

export interface BadArchitectureOption {
  readonly architecture: string;
  readonly option: string;
  /** The given value, as JSON. */
  readonly value?: string;
  /** Reason why the value is refused; absent if the architecture has no such option. */
  readonly problem?: string;
  readonly meant?: string;
  /** Names of the options of the architecture. */
  readonly takes: readonly string[];
}

export interface ImagesTooSmall {
  readonly architecture: string;
  readonly height: number;
  readonly width: number;
  /** Smallest height and width. */
  readonly smallest: number;
}

export interface BadNormalisation {
  readonly channels: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface UnsupportedLayer {
  readonly layer: string;
  readonly operator: string;
  /** Names of all operators, if the operator is unknown. */
  readonly operators?: readonly string[];
  /** Attribute that is not supported. `value` is JSON; it is absent if the layer does not have the attribute. */
  readonly attribute?: { readonly name: string; readonly value?: string; readonly expected: string };
}

export interface UnknownLayer {
  readonly network: string;
  readonly layer: string;
  readonly meant?: string;
  readonly aliases: readonly string[];
  readonly layers: readonly string[];
}

export interface ConstantLayer {
  readonly layer: string;
  /** Layers from which the tapped layer is computed; none of them depends on the input. */
  readonly madeFrom?: readonly string[];
  /** Layers whose weights are all zero; every path from the input to the tapped layer leads through one of them. */
  readonly zero?: readonly string[];
}

export interface NetworkNotFinite {
  readonly layer: string;
  /** Largest absolute value in the output of the layer. It is a text because JSON has no infinity. */
  readonly largest: string;
}
