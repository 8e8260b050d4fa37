/** Epoch milliseconds as the ad server stamped them on an event. Never mixed with our own clock: see {@link ArrivalTimeMs}. */
export type EventTimeMs = number & { readonly __clock: 'event' };

/** Epoch milliseconds of our own clock, when something reached us. */
export type ArrivalTimeMs = number & { readonly __clock: 'arrival' };

/** Marks epoch milliseconds as event time; done once, where an event is decoded or a window is named. */
export const asEventTimeMs = (ms: number): EventTimeMs => ms as EventTimeMs;

/** Marks epoch milliseconds as arrival time; done once, where the wall clock is read. */
export const asArrivalTimeMs = (ms: number): ArrivalTimeMs => ms as ArrivalTimeMs;
