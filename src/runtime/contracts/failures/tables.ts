// Failures of the topic "tables".
export const tablesFailures = {} as const;
