import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEAT_MS, type BenchEngine, PATIENCE_MS, startBenchEngine, storedIn, untilStored } from './benchEngine.ts';
import type { Contestant, Course, Measured } from './contest.ts';
import { demoRequests } from './demoRequests.ts';
import { Member } from './member.ts';

const TABLE = 'touchstone.events_requests';
const MINUTE_MS = 60_000;
const ALL_ROLES = 'ingest,judge,control';

/** `touchstone start` in one process that plays all roles. It ends when all is stored and judged. */
export const ours = (): Contestant => ({
  name: 'Touchstone',
  work: 'rows stored, cells, judged',
  run: (course) =>
    onAnEngine(course, async (engine, started) => {
      const member = started(ALL_ROLES);
      await member.isUp();
      return raced(course, engine, [member]);
    }),
});

/** So many processes that ingest, the first of which judges too, and one for control. Where the broker waits a little for a group's members, they begin together. */
export const oursSpread = (processes: number): Contestant => ({
  name: `Touchstone, ${String(processes)} ingesting`,
  work: 'rows stored, cells, judged',
  run: (course) =>
    onAnEngine(course, async (engine, started) => {
      const control = started('control');
      // It lays the tables out.
      await control.isUp();
      const others = Array.from({ length: processes }, (_, at) => started(at === 0 ? 'ingest,judge' : 'ingest'));
      await Promise.all(others.map((member) => member.isUp()));
      return raced(course, engine, [control, ...others]);
    }),
});

type Started = (roles: string) => Member;

/** Processes are stopped, and the engine after them. */
async function onAnEngine(
  course: Course,
  race: (engine: BenchEngine, started: Started) => Promise<Measured>,
): Promise<Measured> {
  const { dir } = course;
  const configFile = join(dir, 'config.json');
  const { limits, streams, source, plugins } = demoRequests(course);
  writeFileSync(configFile, JSON.stringify({ limits, streams, source, plugins }));
  const engine = await startBenchEngine(dir);
  const members: Member[] = [];
  try {
    return await race(engine, (roles) => {
      const dataDir = join(dir, `member-${String(members.length)}`);
      mkdirSync(dataDir);
      const member = new Member(configFile, dataDir, engine, roles);
      members.push(member);
      return member;
    });
  } finally {
    await Promise.all(members.map((member) => member.stop()));
    await engine.stop();
  }
}

async function raced({ events, endMs }: Course, engine: BenchEngine, members: readonly Member[]): Promise<Measured> {
  const startedS = engine.cpuS();
  const cpuSoFarS = (): number => members.reduce((sum, member) => sum + member.cpuS(), 0);
  const early = await untilStored(engine, TABLE, 1);
  const startedMs = performance.now();
  const half = await untilStored(engine, TABLE, events / 2);
  const halfCpuS = cpuSoFarS();
  await untilStored(engine, TABLE, events);
  // Those that were stored when the first were seen took no time that is known.
  const wallS = ((performance.now() - startedMs) / 1_000) * (events / Math.max(1, events - early));
  await untilJudged(engine, endMs - MINUTE_MS);
  const cpuS = cpuSoFarS();
  const stored = { ...(await storedIn(engine, TABLE)), cpuS, engineCpuS: engine.cpuS() - startedS, wallS };
  const isAlone = members.length === 1;
  // Several are done before the last of them is warm.
  return isAlone ? { ...stored, warm: { events: events - half, cpuS: cpuS - halfCpuS } } : stored;
}

async function untilJudged({ connection }: BenchEngine, endMs: number): Promise<void> {
  for (const deadlineMs = Date.now() + PATIENCE_MS; ;) {
    const [row] = await connection.query<{ untilMs: string }>(
      `SELECT toUnixTimestamp64Milli(max(windowEnd)) AS untilMs FROM touchstone.window_revisions WHERE stream = 'requests'`,
    );
    if (Number(row?.untilMs) >= endMs) return;
    if (Date.now() > deadlineMs) throw new Error('all is stored, and its windows were not judged');
    await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
  }
}
