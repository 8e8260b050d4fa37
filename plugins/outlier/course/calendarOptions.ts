import { z } from 'zod';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const DAY_MS = 86_400_000;

const timeZone = z
  .string()
  .max(100, { abort: true })
  .refine(isZone, {
    error: ({ input }) =>
      `no time zone is called ${JSON.stringify(input)}: name one of IANA's, such as Europe/Amsterdam`,
  });

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** A day of the calendar, such as 2026-12-25. */
const date = z.iso.date({ error: ({ input }) => `${JSON.stringify(input)} is no date: write it as 2026-12-25` });

const campaign = z
  .strictObject({
    /** Days of one name are of one kind, also when they come again. */
    name: z.string().min(1).max(200),
    /** Its first day and its last. */
    from: date,
    to: date,
  })
  .refine(({ from, to }) => from <= to, { error: 'a campaign ends before it begins', path: ['to'] });
type Campaign = z.infer<typeof campaign>;

/** Which days are like no other ones, and where midnight is. */
export const calendarOptions = z.strictObject({
  timeZone,
  restDays: z.array(z.enum(WEEKDAYS)).max(WEEKDAYS.length).default(['saturday', 'sunday']),
  holidays: z.array(date).max(1_000).default([]),
  campaigns: z
    .array(campaign)
    .max(100)
    .default([])
    .superRefine((campaigns, context) => {
      const [before, after] = overlapOf(campaigns) ?? [];
      if (before !== undefined && after !== undefined)
        context.addIssue({
          code: 'custom',
          message: `${JSON.stringify(before.name)} is not over when ${JSON.stringify(after.name)} begins on ${after.from}: a day is of one campaign`,
        });
    }),
});
/** Parsed options of a calendar. */
export type CalendarOptions = z.infer<typeof calendarOptions>;

/** The first two campaigns that have a day in common. */
function overlapOf(campaigns: readonly Campaign[]): readonly [Campaign, Campaign] | undefined {
  const inOrder = [...campaigns].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  for (const [at, after] of inOrder.entries()) {
    const before = inOrder[at - 1];
    if (before !== undefined && before.to >= after.from) return [before, after];
  }
  return undefined;
}

/** Days since the epoch of a date. */
export const dayOf = (of: string): number => Date.parse(`${of}T00:00:00Z`) / DAY_MS;

/** Which day of the week a day since the epoch is; the first one was a Thursday. */
export const weekdayOf = (day: number): (typeof WEEKDAYS)[number] => WEEKDAYS[(((day + 4) % 7) + 7) % 7] ?? 'sunday';
