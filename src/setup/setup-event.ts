// Events that report the progress of a setup. The command line prints them; no decision depends on them.

export type SetupStage = 'look' | 'check' | 'packages' | 'download' | 'unpack' | 'compile' | 'try' | 'install';

export type SetupEvent = {
  readonly stage: SetupStage;
  /** Name of the file, folder or program to which the event refers. */
  readonly what: string;
  /** Description of the event, for people. */
  readonly message: string;
} & (
  | { readonly event: 'setup-stage' | 'setup-retry' }
  /** Progress in bytes. Such an event is reported after every tenth of the total. */
  | { readonly event: 'setup-progress'; readonly done: number; readonly total: number }
);

export type OnSetup = (event: SetupEvent) => void;

const words: Record<SetupStage, string> = {
  look: 'trying',
  check: 'checking',
  packages: 'fetching',
  download: 'downloading',
  unpack: 'unpacking',
  compile: 'compiling the binding with',
  try: 'trying',
  install: 'installing into',
};

export function stageEvent(stage: SetupStage, what: string): SetupEvent {
  return { event: 'setup-stage', stage, what, message: `${words[stage]} ${what}` };
}

export function retryEvent(stage: SetupStage, what: string, because: string): SetupEvent {
  return { event: 'setup-retry', stage, what, message: `${because}; trying again` };
}

/** Returns a function that converts numbers of bytes to events, one per tenth of the total. */
export function progressTeller(
  onEvent: OnSetup,
  stage: SetupStage,
  what: string,
): (done: number, total: number) => void {
  let reported = 0;
  return (done, total) => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth <= reported) return;
    reported = tenth;
    const message = `${words[stage]} ${what}: ${String(10 * tenth)} % of ${String(Math.round(total / 1e6))} MB`;
    onEvent({ event: 'setup-progress', stage, what, done, total, message });
  };
}
