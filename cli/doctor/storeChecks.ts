import type { Config } from '../../core/config/config.ts';
import type { Connection } from '../../core/store/connection.ts';
import { type Disk, HealthStore } from '../../core/store/healthStore.ts';
import { missingMigrations } from '../../core/store/migrate.ts';
import { MIGRATIONS } from '../openStore.ts';
import { bytesText, durationText } from './words.ts';
import { examined, fail, ok, reasonOf, type Verdict, warn } from './verdict.ts';

/** The column `rest` is of the type JSON, which is whole from here on. */
const OLDEST_VERSION = [25, 3] as const;

const FREE_WARN = 0.15;
const FREE_FAIL = 0.05;
const SKEW_WARN_MS = 1_000;
const SKEW_FAIL_MS = 10_000;

/** Whether ClickHouse itself is well. */
export async function storeChecks(
  { clickhouse: { database, retentionDays } }: Config,
  { connection, url }: { readonly connection: Connection; readonly url: string },
): Promise<readonly Verdict[]> {
  const health = new HealthStore(connection, database);
  const checks = await Promise.all([
    examined('clickhouse', async () => versionVerdict((await health.server()).version, url)),
    examined('migrations', () => migrationsVerdict(connection, database, retentionDays)),
    examined('disk', async () => (await health.disks()).map(diskVerdict)),
    examined('clock', () => clockVerdict(health)),
    examined('parts', () => partsVerdict(health)),
  ]);
  return checks.flat();
}

function versionVerdict(version: string, url: string): Verdict {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1]);
  return isOld
    ? fail('clickhouse', `${version} at ${url} is older than ${OLDEST_VERSION.join('.')}`, 'update the server')
    : ok('clickhouse', `${version} answers at ${url}`);
}

async function migrationsVerdict(connection: Connection, database: string, ttlDays: number): Promise<Verdict> {
  try {
    const missing = await missingMigrations(connection, { dir: MIGRATIONS, database, ttlDays });
    if (missing.length === 0) return ok('migrations', `the database ${database} is up to date`);
    return fail(
      'migrations',
      `the database ${database} lacks ${missing.join(', ')}`,
      'start this version once (`touchstone start`): it brings the database up to date',
    );
  } catch (error) {
    if (error instanceof RangeError)
      return fail('migrations', reasonOf(error), 'use the version that made the database, or a newer one');
    throw error;
  }
}

function diskVerdict({ name, type, freeBytes, totalBytes }: Disk): Verdict {
  // Disks of objects tell no size, or all the bytes that a number can hold.
  if (!/local/i.test(type) || totalBytes === 0) return ok('disk', `${name} (${type}) has no end that is known`);
  const free = freeBytes / totalBytes;
  const detail = `${name} has ${bytesText(freeBytes)} of ${bytesText(totalBytes)} free (${(free * 100).toFixed(0)} %)`;
  const todo = 'free some, add some, or lower clickhouse.retentionDays; merges need as much as the largest part';
  if (free < FREE_FAIL) return fail('disk', detail, todo);
  return free < FREE_WARN ? warn('disk', detail, todo) : ok('disk', detail);
}

async function clockVerdict(health: HealthStore): Promise<Verdict> {
  const beforeMs = Date.now();
  const { nowMs } = await health.server();
  const afterMs = Date.now();
  // As much as the way there and back leaves open is not held against it.
  const skewMs = nowMs - (beforeMs + afterMs) / 2;
  const certainMs = Math.max(0, Math.abs(skewMs) - (afterMs - beforeMs) / 2);
  const detail = `ClickHouse's clock is ${certainMs === 0 ? 'with' : `${durationText(certainMs)} ${skewMs > 0 ? 'ahead of' : 'behind'}`} ours`;
  const todo = 'see that NTP runs on both machines; lag and silence are counted by the clock of ClickHouse';
  if (certainMs > SKEW_FAIL_MS) return fail('clock', detail, todo);
  return certainMs > SKEW_WARN_MS ? warn('clock', detail, todo) : ok('clock', detail);
}

async function partsVerdict(health: HealthStore): Promise<Verdict> {
  const { table, parts, slowedFrom, refusedFrom } = await health.partsPressure();
  if (parts === 0) return ok('parts', 'nothing is stored yet');
  const detail = `${String(parts)} in the fullest partition, of ${table}; inserts are slowed from ${String(slowedFrom)}, refused from ${String(refusedFrom)}`;
  const todo =
    'merges do not keep up: see system.merges and the disk; larger batches (ingest.ageMsMax) make fewer parts';
  if (parts >= slowedFrom) return fail('parts', detail, todo);
  return parts >= slowedFrom / 3 ? warn('parts', detail, todo) : ok('parts', detail);
}
