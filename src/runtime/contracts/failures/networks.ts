// Failures of the topic "networks".
export const networksFailures = {} as const;
