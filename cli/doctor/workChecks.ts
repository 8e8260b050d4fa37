import type { ClusterReport } from '../../api/clusterReport.ts';
import type { Config } from '../../core/config/config.ts';
import { ROLES } from '../../core/pipeline/role.ts';
import { lagVerdict } from './lagVerdict.ts';
import { fail, ok, type Verdict, warn } from './verdict.ts';
import { counted, durationText, firstOf } from './words.ts';

const AHEAD_WARN_MS = 5_000;

/** Whether somebody is at work, on everything, and keeps up. */
export function workChecks(config: Config, report: ClusterReport): readonly Verdict[] {
  const isShared = config.source.kind === 'kafka';
  return [
    ...processVerdicts(report),
    ...(isShared ? [claimsVerdict(report)] : []),
    controlVerdict(report, isShared),
    ...report.streams.map((stream) => lagVerdict(stream, config.streams[stream.stream]?.windowMs ?? 60_000)),
  ];
}

function processVerdicts({ processes, at }: ClusterReport): readonly Verdict[] {
  const alive = processes.filter(({ state }) => state === 'alive');
  const silent = processes
    .filter(({ state }) => state === 'silent')
    .map(({ owner, beatAt }) => `${owner} for ${durationText(Date.parse(at) - Date.parse(beatAt))}`);
  const idle = ROLES.filter((role) => !alive.some(({ roles }) => roles.includes(role)));
  const there = alive.map(({ owner, roles }) => `${owner} (${roles.join(', ')})`);
  const waiting = alive.flatMap(({ owner, notReady }) => (notReady === null ? [] : [`${owner}: ${notReady}`]));
  const versions = new Set(alive.map(({ version }) => version));
  const askew = alive
    .filter(({ clockAheadMs }) => Math.abs(clockAheadMs) > AHEAD_WARN_MS)
    .map(({ owner, clockAheadMs }) => `${owner} by ${durationText(Math.abs(clockAheadMs))}`);
  const warnings = [
    ...given(silent, 'silent: ', 'if they were replaced, nothing; else see what became of them'),
    ...given(waiting, 'not ready: ', 'see their logs'),
    ...given(versions.size > 1 ? [...versions] : [], 'several versions: ', 'end the rollout'),
    ...given(askew, 'clocks are off: ', 'see that NTP runs there'),
  ];
  const main =
    alive.length === 0
      ? fail('processes', 'none lives', 'start one: `touchstone start`')
      : idle.length > 0
        ? fail(
            'processes',
            `nobody does ${idle.join(', ')}; there are ${firstOf(there)}`,
            'start a process with that role',
          )
        : ok('processes', `${counted(alive.length, 'process', 'processes')}: ${firstOf(there)}`);
  return [main, ...warnings];
}

const given = (texts: readonly string[], what: string, todo: string): readonly Verdict[] =>
  texts.length === 0 ? [] : [warn('processes', `${what}${firstOf(texts)}`, todo)];

/** Claims of what is still declared and there: others are history. */
function claimsVerdict({ claims, streams }: ClusterReport): Verdict {
  const wanted = streams.flatMap(({ stream, partitions }) => [
    `judge/${stream}`,
    ...partitions.map(({ partition }) => `ingest/${stream}/${partition}`),
  ]);
  const holders = new Map(claims.map((claim) => [claim.name, claim]));
  const orphans = wanted.flatMap((name) => {
    const holder = holders.get(name);
    if (holder === undefined) return [`${name} by nobody`];
    return holder.ownerState === 'alive' ? [] : [`${name} by ${holder.owner}, which is ${wordOf(holder.ownerState)}`];
  });
  return orphans.length === 0
    ? ok('claims', `each of ${String(wanted.length)} is held by a living process`)
    : fail(
        'claims',
        `${String(orphans.length)} of ${String(wanted.length)} are held by no living process: ${firstOf(orphans)}`,
        'others take over within source.sessionTimeoutMs; when they do not, see the groups and start a process',
      );
}

const wordOf = (state: string): string => (state === 'unknown' ? 'not heard of' : state);

function controlVerdict({ claims, processes }: ClusterReport, isShared: boolean): Verdict {
  const todo = 'no alert is told of: start a process with the role control';
  const claim = claims.find(({ name }) => name === 'control');
  if (!isShared) {
    const holder = processes.find(({ state, roles }) => state === 'alive' && roles.includes('control'));
    return holder === undefined
      ? fail('control', 'nobody is in control', todo)
      : ok('control', `${holder.owner} is in control`);
  }
  if (claim === undefined) return fail('control', 'nobody ever was in control', todo);
  return claim.ownerState === 'alive'
    ? ok('control', `${claim.owner} is in control since ${claim.since}`)
    : fail('control', `nobody is in control: ${claim.owner}, which was, is ${wordOf(claim.ownerState)}`, todo);
}
