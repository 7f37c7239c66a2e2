// Failures of the topic "measures".
export const measuresFailures = {} as const;
