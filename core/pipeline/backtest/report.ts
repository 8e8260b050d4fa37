import { noisiest, perSeriesAndMonth, type Watched } from '../../alerts/alarmRate.ts';
import type { IncidentSpec } from '../../alerts/incident.ts';
import { type Episode, type IncidentOutcome, matchIncidents } from '../../alerts/incidentMatch.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Span } from '../../store/span.ts';
import type { ConfiguredPlugin } from '../plugins.ts';
import type { FindingTally } from './findingTally.ts';

/** What one set of options came to. Plain JSON; times are ISO 8601. */
export type SideReport = ReturnType<typeof sideReport>;

/** What a backtest came to: the same question gives the same bytes. */
export interface BacktestReport {
  readonly from: string;
  readonly to: string;
  readonly learnFrom: string;
  readonly asOf: string | null;
  readonly streams: readonly {
    readonly stream: string;
    /** Windows that were reported on. */
    readonly from: string;
    readonly to: string;
    /** Shown to the checks, those that they only learned from among them. */
    readonly windows: number;
    readonly seriesWindows: number;
    readonly series: number;
  }[];
  readonly options: SideReport;
  readonly against: SideReport | null;
}

/** What was gathered of one side over all streams. */
export interface Gathered {
  readonly plugins: readonly ConfiguredPlugin[];
  readonly tallies: readonly FindingTally[];
  readonly episodes: readonly Episode[];
  readonly watched: readonly Watched[];
  readonly incidents: readonly IncidentSpec[];
  /** Incidents that begin in it are asked after; others only keep alerts from being false. */
  readonly span: Span;
  /** Those that were asked for; undefined: all. */
  readonly streams: readonly string[] | undefined;
  readonly shownMax: number;
}

export const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Puts one side's report together. */
export function sideReport(gathered: Gathered) {
  const { plugins, tallies, watched, shownMax } = gathered;
  const episodes = [...gathered.episodes].sort((a, b) => a.fired.endMs - b.fired.endMs);
  const first = tallies.flatMap((tally) => tally.first).sort((a, b) => a.startMs - b.startMs);
  return {
    plugins: Object.fromEntries(plugins.map(({ plugin, options }) => [plugin.name, options])),
    findings: {
      total: tallies.reduce((sum, { total }) => sum + total, 0),
      byCheck: byCheck(tallies),
      first: first.slice(0, shownMax).map(shownFinding),
    },
    alerts: {
      total: episodes.length,
      perSeriesAndMonth: perSeriesAndMonth(episodes.length, watched) ?? null,
      noisiest: noisiest(episodes, shownMax).map((line) => ({ ...line })),
      first: episodes.slice(0, shownMax).map(shownAlert),
    },
    incidents: incidentReport(gathered, episodes),
  };
}

function incidentReport({ incidents, span, streams, watched }: Gathered, episodes: readonly Episode[]) {
  const { outcomes, falseAlarms } = matchIncidents(incidents, episodes);
  const asked = outcomes.filter(
    ({ incident: { startMs, stream } }) =>
      startMs >= span.fromMs &&
      startMs < span.toMs &&
      (stream === undefined || streams === undefined || streams.includes(stream)),
  );
  const found = asked.filter((outcome) => outcome.found !== undefined).length;
  return {
    found,
    missed: asked.length - found,
    falseAlarms: falseAlarms.length,
    falseAlarmsPerSeriesAndMonth: perSeriesAndMonth(falseAlarms.length, watched) ?? null,
    outcomes: asked.map(shownOutcome),
  };
}

function byCheck(tallies: readonly FindingTally[]): { plugin: string; check: string; findings: number }[] {
  const total = new Map<string, { plugin: string; check: string; findings: number }>();
  for (const { plugin, check, findings } of tallies.flatMap((tally) => tally.byCheck)) {
    const key = `${plugin}\u0000${check}`;
    total.set(key, { plugin, check, findings: findings + (total.get(key)?.findings ?? 0) });
  }
  return [...total.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}

const shownFinding = ({ plugin, check, stream, series, severity, startMs, endMs, text }: Finding) => ({
  ...{ plugin, check, stream, series, severity, text },
  window: { startMs, endMs },
});

const shownAlert = ({ rule, stream, series, labels, severity, text, startMs, fired, endMs }: Episode) => ({
  ...{ rule, stream, series, labels: { ...labels }, severity, text },
  startsAt: isoOf(startMs),
  firedAt: isoOf(fired.endMs),
  endsAt: endMs === undefined ? null : isoOf(endMs),
});

const shownOutcome = ({ incident, found, windows, delayMs }: IncidentOutcome) => ({
  name: incident.name,
  stream: incident.stream ?? null,
  labels: { ...incident.labels },
  startMs: incident.startMs,
  endMs: incident.endMs,
  found: found !== undefined,
  windows: windows ?? null,
  delaySeconds: delayMs === undefined ? null : delayMs / 1_000,
  alert: found?.text ?? null,
});
