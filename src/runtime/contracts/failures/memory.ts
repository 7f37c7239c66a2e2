// Failures of the topic "memory".
export const memoryFailures = {} as const;
