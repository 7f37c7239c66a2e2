// Failures of the topic "setup".
export const setupFailures = {} as const;
