import type { BacktestReport, SideReport } from '../../core/pipeline/backtest/report.ts';

/** A report for people. */
export function told(report: BacktestReport): string {
  const { from, to, learnFrom, asOf, streams, options, against } = report;
  const head = [
    `${from} to ${to}, learned from ${learnFrom} on, ${asOf === null ? 'as it is now' : `as known at ${asOf}`}`,
    ...streams.map(
      (one) =>
        `  ${one.stream}: ${String(one.windows)} windows, ${String(one.series)} series, judged ${one.from} to ${one.to}`,
    ),
    ...(streams.length === 0 ? ['  nothing is stored of this time'] : []),
    '',
  ];
  const sides = against === null ? [side('', options)] : [side('options: ', options), side('against: ', against)];
  return `${[...head, ...sides.flat()].join('\n')}\n`;
}

function side(name: string, { findings, alerts, incidents }: SideReport): string[] {
  const { found, missed, falseAlarms, falseAlarmsPerSeriesAndMonth, outcomes } = incidents;
  return [
    `${name}${String(findings.total)} findings`,
    ...findings.byCheck.map(
      ({ plugin, check, findings: count }) => `  ${String(count).padStart(6)}  ${plugin} ${check}`,
    ),
    ...findings.first.map(({ window, text }) => `  ${new Date(window.startMs).toISOString()}  ${text}`),
    `${name}${String(alerts.total)} alerts, ${rate(alerts.perSeriesAndMonth)}`,
    ...alerts.first.map(({ firedAt, endsAt, text }) => `  ${firedAt} to ${endsAt ?? 'the end'}  ${text}`),
    ...(outcomes.length === 0
      ? [`${name}no incidents to find`]
      : [
          `${name}${String(found)} of ${String(found + missed)} incidents found; ${String(falseAlarms)} false alarms, ${rate(falseAlarmsPerSeriesAndMonth)}`,
        ]),
    ...outcomes.map(
      ({ name: incident, startMs, windows, delaySeconds, alert }) =>
        `  ${new Date(startMs).toISOString()}  ${incident}: ${
          delaySeconds === null ? 'MISSED' : `${String(windows)} windows, ${String(delaySeconds)} s: ${alert ?? ''}`
        }`,
    ),
    '',
  ];
}

const rate = (perSeriesAndMonth: number | null): string =>
  perSeriesAndMonth === null ? 'no series' : `${perSeriesAndMonth.toPrecision(3)} per series and month`;
