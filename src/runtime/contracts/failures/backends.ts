// Failures of the topic "backends".
export const backendsFailures = {} as const;
