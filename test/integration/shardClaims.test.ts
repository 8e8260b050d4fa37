import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { Claims } from '../../core/store/claims.ts';
import type { Insert } from '../../core/store/connection.ts';
import { type Fence, isFenced } from '../../core/store/fence.ts';
import { layOutEvents } from '../../core/store/layOutEvents.ts';
import { migrate } from '../../core/store/migrate.ts';
import { sendHalf } from '../support/halfSent.ts';
import { wait } from '../support/touchstoneChild.ts';
import { SCHEMA, startTwoShards, type TwoShards } from '../support/twoShards.ts';

let two: TwoShards;

beforeAll(async () => {
  two = await startTwoShards();
  await migrate(two.home.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 30 });
  await layOutEvents(two.home.admin, two.shards, { schema: SCHEMA, retentionDays: 90 });
  await two.other.admin.command(
    'CREATE TABLE touchstone.kept (partition String, offset UInt64, time DateTime64(3)) ENGINE = MergeTree ORDER BY offset',
  );
});

afterAll(() => two.stop());

describe('a claim where events are spread', () => {
  const NAME = 'ingest/bids/p';
  const claim = async (owner: string): Promise<Fence> => {
    const claims = new Claims(two.home.admin, { database: 'touchstone', owner });
    return new Map([[NAME, await claims.claim([NAME], Date.now(), two.shards.beside)]]);
  };
  const line = (n: number): string => `{"partition":"p","offset":${String(n)},"time":"2026-01-01T00:00:00Z"}\n`;
  const MANY = 30_000;
  const insertOf = (lines: number, fence: Fence): Insert => {
    const body = new TextEncoder().encode(Array.from({ length: lines }, (_, n) => line(n)).join(''));
    return { table: 'touchstone.kept', format: 'JSONEachRow', body, fence };
  };
  const kept = async (): Promise<number> => {
    const [row] = await two.other.admin.query<{ n: string }>('SELECT count() AS n FROM touchstone.kept');
    return Number(row?.n);
  };

  it('holds on a shard: an insert of the old owner is refused there', async () => {
    const first = await claim('first');
    await two.other.admin.insertBytes(insertOf(2, first));
    const second = await claim('second');
    const refused = await two.other.admin.insertBytes(insertOf(2, first)).catch((error: unknown) => error);
    expect(isFenced(refused)).toBe(true);
    expect(await kept()).toBe(2);
    await two.other.admin.insertBytes(insertOf(2, second));
    expect(await kept()).toBe(4);
  });

  it('waits for an insert that is under way on a shard', async () => {
    const { engine, admin } = two.other;
    const { rest, ended } = await sendHalf({ engine, admin }, insertOf(MANY, await claim('first')));
    let claimed = false;
    const claiming = claim('second').then(() => {
      claimed = true;
    });
    await wait(800);
    expect(claimed).toBe(false);
    rest();
    expect(await ended).toBe(200);
    await claiming;
    expect(await kept()).toBe(4 + MANY);
  });

  it('is not had while a shard is away', async () => {
    await two.otherEnds();
    await expect(claim('third')).rejects.toThrow('REFUSED');
    await two.otherComes();
    await claim('third');
  });
});
