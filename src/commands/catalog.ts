// The commands as data: help, argument parsing and shell completion are derived from these cards. This file imports
// little, so that `lethe --help` takes hardly longer than the start of Node.
import { SETTINGS } from '../runtime/contracts/settings.ts';
import type { Setting } from '../runtime/contracts/settings.ts';
import { VIEW_NAMES } from './view/views.ts';

export interface OptionCard {
  readonly name: string;
  readonly short?: string;
  /** Placeholder of the value in help texts; absent for a switch. */
  readonly value?: string;
  readonly repeat?: true;
  readonly doc: string;
  /** Allowed values; any other value is rejected. */
  readonly choices?: readonly string[];
  /** Setting that the option sets. If the option is not given, the variable of the setting is read. */
  readonly setting?: Setting;
}

export interface ArgumentCard {
  readonly name: string;
  readonly doc: string;
  readonly optional?: true;
  readonly repeat?: true;
  /** Words that shell completion offers: file names, node types, or the words in this list. */
  readonly complete?: 'file' | 'node' | readonly string[];
}

export interface CommandCard {
  readonly name: string;
  readonly doc: string;
  readonly arguments: readonly ArgumentCard[];
  readonly options: readonly OptionCard[];
  /** Pairs of a command line and its description. */
  readonly examples: readonly (readonly [string, string])[];
}

/** Creates the option of a setting, described by the card of the setting. */
function settingOption(name: string, setting: Setting): OptionCard {
  const { value, doc, fallback, variable, choices } = setting;
  const values = choices === undefined ? '' : `: ${choices.join(', ')}`;
  return {
    name,
    value,
    doc: `${doc}${values} (default: ${variable}, else ${fallback})`,
    ...(choices === undefined ? {} : { choices }),
    setting,
  };
}

const PARAM: OptionCard = {
  name: 'param',
  short: 'p',
  value: 'NAME=VALUE',
  repeat: true,
  doc: 'set a parameter of the pipeline',
};
const PARAMS: OptionCard = { name: 'params', value: 'FILE.yaml', doc: 'read parameters from a file' };
const CACHE = settingOption('cache', SETTINGS.cache);
const JSON_OUT: OptionCard = { name: 'json', doc: 'print JSON: one document, or one event per line' };
const QUIET: OptionCard = { name: 'quiet', doc: 'print only results and errors' };
const NO_COLOR: OptionCard = { name: 'no-color', doc: 'no colours (also NO_COLOR=1)' };
const FORCE: OptionCard = {
  name: 'force',
  value: 'STEP',
  repeat: true,
  doc: 'compute this step even if its result is cached',
};
const JOBS: OptionCard = {
  name: 'jobs',
  value: 'N',
  doc: 'number of worker processes, which compute steps and batches in parallel (default: the number of cores)',
};
const MEMORY = settingOption('memory', SETTINGS.memory);
const BACKEND = settingOption('backend', SETTINGS.backend);
const FORMATS = ['table', 'json', 'csv', 'arrow'] as const;
const COMMON = [JSON_OUT, QUIET, NO_COLOR] as const;
const PIPELINE = [PARAM, PARAMS, CACHE, ...COMMON] as const;
/**
 * Options of `run` that `why` accepts without effect, so that a `run` command becomes a `why` command by changing one
 * word.
 */
const RUN_ONLY = [JOBS, MEMORY, BACKEND].map((option) => ({ ...option, doc: 'as for run; has no effect here' }));
const EXPECTED = [JOBS, MEMORY, BACKEND].map((option) => ({
  ...option,
  doc: 'as for run; only the expected time and memory depend on it',
}));
const FILE: ArgumentCard = { name: 'FILE', doc: 'a pipeline in YAML', complete: 'file' };
const STEP: ArgumentCard = { name: 'STEP', doc: 'a step, or one point of its sweep: sigma[layer=conv1]' };

export const COMMANDS: readonly CommandCard[] = [
  {
    name: 'run',
    doc: 'Run a pipeline: only what changed is computed.',
    arguments: [FILE, { ...STEP, optional: true, repeat: true, doc: 'run only these steps and what they need' }],
    options: [
      ...PIPELINE,
      JOBS,
      MEMORY,
      BACKEND,
      { name: 'out', value: 'DIR', doc: 'copy the outputs of the steps to DIR under readable names' },
      { name: 'view', value: 'NAME', doc: `additional view of the run: ${VIEW_NAMES.join(', ')}`, choices: VIEW_NAMES },
      { name: 'keep-going', doc: 'after a failure, continue with the steps that do not depend on it' },
      FORCE,
    ],
    examples: [
      ['lethe run pipelines/quickstart.yaml', 'run the whole pipeline'],
      [
        'lethe run sid.yaml table -p images=50 --out results',
        'one step and what it needs, with 50 images; copy the table',
      ],
    ],
  },
  {
    name: 'plan',
    doc: 'Show which steps `run` would compute, why, and the expected time and memory, without computing anything.',
    arguments: [FILE, { ...STEP, optional: true, repeat: true }],
    options: [...PIPELINE, FORCE, ...EXPECTED],
    examples: [
      ['lethe plan pipelines/quickstart.yaml', 'what is cached and what would run'],
      ['lethe plan sid.yaml -p images=60 --json', 'the same for 60 images, one JSON line per step'],
    ],
  },
  {
    name: 'why',
    doc: 'Explain why a step was or would be computed: which parameter, file or upstream output changed, with the old and the new value.',
    arguments: [FILE, STEP],
    options: [...PIPELINE, FORCE, ...RUN_ONLY],
    examples: [
      ['lethe why sid.yaml sigma', 'for every point of the sweep of `sigma`'],
      ["lethe why sid.yaml 'sigma[architecture=resnet20,layer=fc]'", 'for one point'],
    ],
  },
  {
    name: 'check',
    doc: 'Check a pipeline and report every mistake in it, with its position.',
    arguments: [FILE],
    options: [PARAM, PARAMS, ...COMMON],
    examples: [
      ['lethe check sid.yaml', 'report all mistakes together'],
      ['lethe check sid.yaml -p images=100', 'with a parameter set'],
    ],
  },
  {
    name: 'nodes',
    doc: 'List the node types, or explain one.',
    arguments: [{ name: 'TYPE', doc: 'a node type', optional: true, complete: 'node' }],
    options: [...COMMON],
    examples: [
      ['lethe nodes', 'one line for each node type'],
      ['lethe nodes optimize-sigma', 'its ports, parameters and an example'],
    ],
  },
  {
    name: 'show',
    doc: 'Show the result of a step: a table, the layers of a network, a data set.',
    arguments: [FILE, { ...STEP, doc: 'a step; STEP.OUTPUT for an output other than the first' }],
    options: [
      ...PIPELINE,
      { name: 'format', value: FORMATS.join('|'), doc: 'how to print it (default: table)', choices: FORMATS },
    ],
    examples: [
      ['lethe show pipelines/quickstart.yaml table', 'the table in the terminal'],
      ['lethe show sid.yaml table --format csv > sid.csv', 'the same for a spreadsheet'],
    ],
  },
  {
    name: 'runs',
    doc: 'List past runs: time, pipeline, results, git commit.',
    arguments: [],
    options: [
      CACHE,
      { name: 'limit', value: 'N', doc: 'number of runs to list, newest first (default: 20)' },
      ...COMMON,
    ],
    examples: [
      ['lethe runs', 'the last 20 runs'],
      ['lethe runs --limit 1 --json', 'everything recorded about the last run'],
    ],
  },
  {
    name: 'cache',
    doc: 'Inspect, verify or clean up the cached results: stat, verify, gc.',
    arguments: [{ name: 'ACTION', doc: 'stat, verify or gc', complete: ['stat', 'verify', 'gc'] }],
    options: [
      CACHE,
      { name: 'days', value: 'N', doc: 'gc: keep results of the last N days (default: 30)' },
      { name: 'dry-run', doc: 'gc: only print what would be removed' },
      ...COMMON,
    ],
    examples: [
      ['lethe cache verify', 'read every blob, compare it with its digest, repair'],
      ['lethe cache gc --days 7', 'remove results that no run of the last week needed'],
    ],
  },
  {
    name: 'doctor',
    doc: 'Report on this machine, the backends and their speed, the settings, and the health of the cache.',
    arguments: [],
    options: [CACHE, ...COMMON],
    examples: [
      ['lethe doctor', 'the whole report'],
      ['lethe doctor --json', 'the same as one JSON document'],
    ],
  },
  {
    name: 'init',
    doc: 'Create a starter project with a pipeline that runs.',
    arguments: [
      { name: 'DIR', doc: 'the folder to create (default: the current folder)', optional: true, complete: 'file' },
    ],
    options: [...COMMON],
    examples: [
      ['lethe init', 'in this folder'],
      ['lethe init my-study', 'in a new folder'],
    ],
  },
  {
    name: 'setup',
    doc: 'Make the native TensorFlow backend available (Linux x64), several times faster than wasm, or webgpu (any GPU).',
    arguments: [],
    options: [
      { name: 'gpu', doc: 'the CUDA 12 build' },
      {
        name: 'webgpu',
        doc: 'install the webgpu backend instead, for any GPU with a Vulkan, Metal or Direct3D driver',
      },
      ...COMMON,
    ],
    examples: [
      ['lethe setup', 'download, check and build; a second call does nothing'],
      ['lethe setup --webgpu', 'for any GPU'],
    ],
  },
  {
    name: 'completion',
    doc: 'Print a completion script for a shell.',
    arguments: [{ name: 'SHELL', doc: 'bash, zsh or fish', complete: ['bash', 'zsh', 'fish'] }],
    options: [],
    examples: [
      ['source <(lethe completion bash)', 'complete in this bash'],
      ['lethe completion fish > ~/.config/fish/completions/lethe.fish', 'for every fish'],
    ],
  },
];

export const EXIT_CODES =
  '0 success, 1 a step failed, 2 a mistake in the pipeline or the command line, 130 interrupted';
