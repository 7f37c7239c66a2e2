export const root: string;
export function must(command: string, args: readonly string[], options?: object): void;
export function prepare(): Promise<void>;
