import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEAT_MS, type BenchEngine, PATIENCE_MS, startBenchEngine, storedIn, untilStored } from './benchEngine.ts';
import type { Contestant, Course, Measured } from './contest.ts';
import { demoRequests } from './demoRequests.ts';
import { Member } from './member.ts';

const TABLE = 'touchstone.events_requests';
const MINUTE_MS = 60_000;
const ALL_ROLES = 'ingest,judge,control';

/** `touchstone start` in so many processes: one plays all roles, the others ingest. It ends when all is stored and judged. */
export const ours = (processes: number): Contestant => ({
  name: processes === 1 ? 'Touchstone' : `Touchstone, ${String(processes)} processes`,
  work: 'rows stored, cells, judged',
  async run(course) {
    const engine = await startBenchEngine(course.dir);
    try {
      return await raced(course, engine, processes);
    } finally {
      await engine.stop();
    }
  },
});

async function raced(course: Course, engine: BenchEngine, processes: number): Promise<Measured> {
  const { dir, events, endMs } = course;
  const configFile = join(dir, 'config.json');
  const { limits, streams, source, plugins } = demoRequests(course);
  writeFileSync(configFile, JSON.stringify({ limits, streams, source, plugins }));
  const members: Member[] = [];
  try {
    for (let at = 0; at < processes; at++) {
      const dataDir = join(dir, `member-${String(at)}`);
      mkdirSync(dataDir);
      members.push(new Member(configFile, dataDir, engine, at === 0 ? ALL_ROLES : 'ingest'));
      // The first lays the tables out; the others then join its group.
      if (at === 0) await members[0]?.isUp();
    }
    const startedMs = performance.now();
    const startedS = engine.cpuS();
    await Promise.all(members.slice(1).map((member) => member.isUp()));
    const cpuSoFarS = (): number => members.reduce((sum, member) => sum + member.cpuS(), 0);
    const half = await untilStored(engine, TABLE, events / 2);
    const halfCpuS = cpuSoFarS();
    await untilStored(engine, TABLE, events);
    const wallS = (performance.now() - startedMs) / 1_000;
    await untilJudged(engine, endMs - MINUTE_MS);
    const cpuS = cpuSoFarS();
    const engineCpuS = engine.cpuS() - startedS;
    const stored = { ...(await storedIn(engine, TABLE)), cpuS, engineCpuS, wallS };
    // Several are done before the last of them is warm.
    return processes > 1 ? stored : { ...stored, warm: { events: events - half, cpuS: cpuS - halfCpuS } };
  } finally {
    await Promise.all(members.map((member) => member.stop()));
  }
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
