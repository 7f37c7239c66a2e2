// Failures of the topic "commands".
export const commandsFailures = {} as const;
