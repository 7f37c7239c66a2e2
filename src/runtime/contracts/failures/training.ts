// Failures of the topic "training".
export const trainingFailures = {} as const;
