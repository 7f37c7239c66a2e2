// Failures of the topic "workers".
export const workersFailures = {} as const;
