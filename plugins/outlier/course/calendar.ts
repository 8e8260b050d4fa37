import { hashedText } from '../../../core/sketch/hashedText.ts';
import { type CalendarOptions, dayOf, weekdayOf } from './calendarOptions.ts';

/** Kinds of days. Campaigns come after these, each by its name. */
export const NO_KIND = -1;
export const ORDINARY = 0;
export const REST = 1;
export const HOLIDAY = 2;
export const CAMPAIGN = 3;

/** An instant as a calendar sees it. */
export interface Moment {
  readonly timeMs: number;
  /** What the clocks on the wall show, as if it were UTC. */
  readonly localMs: number;
  /** Of the day there; {@link NO_KIND} without a calendar. */
  readonly kind: number;
}

/** Clocks on walls change, and days begin, at quarters of an hour: in all zones since 1972. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Moments that are remembered, the last one of a quarter. A prime: the windows that forecasts are about, in steps of powers of two, do not drive each other out. */
const PLACES = 1_021;

/** Tells which time of which kind of day an instant is. Without options it is UTC, and days are of no kind. Many series ask of the same few instants: that costs next to nothing. */
export class Calendar {
  readonly #days: Days | undefined;
  readonly #zone: Intl.DateTimeFormat | undefined;
  readonly #moments: (Moment | undefined)[] = Array.from({ length: PLACES }, () => undefined);

  constructor(options?: CalendarOptions) {
    if (options === undefined) return;
    this.#days = daysOf(options);
    this.#zone = new Intl.DateTimeFormat('en', { timeZone: options.timeZone, timeZoneName: 'longOffset' });
  }

  at(timeMs: number): Moment {
    const quarter = Math.floor(timeMs / QUARTER_MS);
    const place = Math.abs((quarter | 0) % PLACES);
    const known = this.#moments[place];
    if (known?.timeMs === timeMs) return known;
    const moment =
      known !== undefined && Math.floor(known.timeMs / QUARTER_MS) === quarter
        ? { timeMs, localMs: timeMs + known.localMs - known.timeMs, kind: known.kind }
        : this.#look(timeMs, quarter);
    this.#moments[place] = moment;
    return moment;
  }

  #look(timeMs: number, quarter: number): Moment {
    if (this.#zone === undefined || this.#days === undefined) return { timeMs, localMs: timeMs, kind: NO_KIND };
    const localMs = timeMs + shiftMsOf(this.#zone, quarter * QUARTER_MS);
    return { timeMs, localMs, kind: kindOf(this.#days, Math.floor(localMs / DAY_MS)) };
  }
}

/** How far the clocks on the wall are ahead of UTC. An instant that no calendar has is taken for one of UTC. */
function shiftMsOf(zone: Intl.DateTimeFormat, timeMs: number): number {
  if (!(Math.abs(timeMs) <= 8.64e15)) return 0;
  const text = zone.formatToParts(timeMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes = '0', seconds = '0'] = /([+-])(\d+)(?::(\d+))?(?::(\d+))?/.exec(text) ?? [];
  if (hours === undefined) return 0;
  return (sign === '-' ? -1 : 1) * 1_000 * (3_600 * Number(hours) + 60 * Number(minutes) + Number(seconds));
}

/** The days that have a name, as days since the epoch. */
interface Days {
  readonly rest: ReadonlySet<string>;
  readonly holidays: ReadonlySet<number>;
  readonly campaigns: readonly { readonly from: number; readonly to: number; readonly kind: number }[];
}

const daysOf = ({ restDays, holidays, campaigns }: CalendarOptions): Days => ({
  rest: new Set(restDays),
  holidays: new Set(holidays.map(dayOf)),
  campaigns: campaigns.map(({ name, from, to }) => ({ from: dayOf(from), to: dayOf(to), kind: campaignKind(name) })),
});

/** Told by the name alone, so that a campaign that is known stays known when others are added to the config or taken out. */
const campaignKind = (name: string): number => CAMPAIGN + hashedText(new TextEncoder().encode(name)).low;

/** What is said more closely counts: a campaign before a holiday, that before a day of the week. */
function kindOf({ rest, holidays, campaigns }: Days, day: number): number {
  const campaign = campaigns.find(({ from, to }) => from <= day && day <= to);
  if (campaign !== undefined) return campaign.kind;
  if (holidays.has(day)) return HOLIDAY;
  return rest.has(weekdayOf(day)) ? REST : ORDINARY;
}
