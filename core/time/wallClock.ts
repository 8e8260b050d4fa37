import { asArrivalTimeMs, type ArrivalTimeMs } from './eventTime.ts';

/** Gives the present moment. Edges take one as a parameter, so that tests can hand them a clock of their own. */
export type Clock = () => ArrivalTimeMs;

/** The machine's clock. The only place in the core that reads it. */
export const wallClock: Clock = () => asArrivalTimeMs(Date.now());
