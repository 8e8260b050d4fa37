import { z } from 'zod';

const timeMs = z.int().min(0).max(8_640_000_000_000_000);

/** A trouble that people marked, or that was planted: what a good set of options finds. */
export const incidentSpec = z
  .strictObject({
    /** Left out: it showed in whichever streams. */
    stream: z.string().min(1).max(200).optional(),
    /** Event time, epoch ms, half-open. */
    startMs: timeMs,
    endMs: timeMs,
    /** Where it was. An alert with another value of one of these labels is about something else. */
    labels: z.record(z.string().max(200), z.string().max(1_000)).default({}),
    name: z.string().max(200).default(''),
  })
  .refine(({ startMs, endMs }) => startMs < endMs, { path: ['endMs'], error: 'an incident ends after its start' });

/** An incident as it is given. */
export type IncidentSpec = z.infer<typeof incidentSpec>;

/** An incident that is kept. */
export interface Incident extends IncidentSpec {
  readonly id: string;
}
