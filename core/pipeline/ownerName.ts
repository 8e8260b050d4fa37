import { hostname } from 'node:os';

/** For people: which process it is. */
export const ownerName = (): string => `${hostname()}:${String(process.pid)}`;
