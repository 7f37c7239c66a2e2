// Failures of the topic "authoring".
export const authoringFailures = {} as const;
