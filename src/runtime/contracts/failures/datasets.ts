// Failures of the topic "datasets".
export const datasetsFailures = {} as const;
