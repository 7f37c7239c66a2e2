// Failures of the topic "store".
export const storeFailures = {} as const;
