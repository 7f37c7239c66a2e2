// Failures of the topic "engine".
export const engineFailures = {} as const;
