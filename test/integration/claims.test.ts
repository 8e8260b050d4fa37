import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import { Claims } from '../../core/store/claims.ts';
import { type Fence, isFenced } from '../../core/store/fence.ts';
import { migrate } from '../../core/store/migrate.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { type HalfSent, sendHalf } from '../support/halfSent.ts';
import { wait } from '../support/touchstoneChild.ts';

let running: TestEngine;
const TABLE = 'touchstone.kept';
const NAME = 'ingest/bids/bids-0';

beforeAll(async () => {
  running = await startTestEngine();
  await migrate(running.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 30 });
});

beforeEach(() =>
  running.admin.command(`CREATE OR REPLACE TABLE ${TABLE} (n UInt64, said String) ENGINE = MergeTree ORDER BY n`),
);

afterAll(() => running.stop());

const claimsOf = (owner: string): Claims => new Claims(running.admin, { database: 'touchstone', owner });
const claim = async (owner: string): Promise<Fence> =>
  new Map([[NAME, await claimsOf(owner).claim([NAME], Date.now())]]);
const body = new TextEncoder().encode('{"n":1,"said":"a"}\n{"n":2,"said":"it’s"}');
const insert = (fence: Fence): Promise<void> =>
  running.admin.insertBytes({ table: TABLE, format: 'JSONEachRow', body, fence });
const kept = async (): Promise<number> => {
  const [row] = await running.admin.query<{ n: string }>(`SELECT count() AS n FROM ${TABLE}`);
  return Number(row?.n);
};

const MANY = 30_000;
const many = new TextEncoder().encode(
  Array.from({ length: MANY }, (_, n) => `{"n":${String(n)},"said":"of many"}`).join('\n'),
);
const halfSent = (fence: Fence): Promise<HalfSent> =>
  sendHalf(running, { table: TABLE, format: 'JSONEachRow', body: many, fence });

describe('an insert under a claim', () => {
  it('is stored while the claim holds', async () => {
    const first = await claim('first');
    await insert(first);
    await insert(first);
    expect(await kept()).toBe(4);
    expect(await claimsOf('first').lost(first)).toEqual(new Set());
  });

  it('is refused when another has claimed the name, and stores nothing', async () => {
    const first = await claim('first');
    const second = await claim('second');
    const refused = await insert(first).catch((error: unknown) => error);
    expect(isFenced(refused)).toBe(true);
    expect(await claimsOf('first').lost(first)).toEqual(new Set([NAME]));
    expect(await kept()).toBe(0);
    await insert(second);
    expect(await kept()).toBe(2);
  });

  it('is refused when one of several names is another’s', async () => {
    const both = new Map([
      ...(await claim('first')),
      ['ingest/bids/bids-1', await claimsOf('first').claim(['ingest/bids/bids-1'], 0)],
    ]);
    await claim('second');
    expect(isFenced(await insert(both).catch((error: unknown) => error))).toBe(true);
    expect(await claimsOf('first').lost(both)).toEqual(new Set([NAME]));
  });

  it('and under a name that was never claimed is refused', async () => {
    expect(isFenced(await insert(new Map([['nobody', 'x']])).catch((error: unknown) => error))).toBe(true);
  });
});

describe('a new owner', () => {
  it('waits for an insert of the old one that is under way, and then sees what it stored', async () => {
    const { rest, ended } = await halfSent(await claim('first'));
    let claimed = false;
    const claiming = claim('second').then(() => {
      claimed = true;
    });
    await wait(800);
    expect(claimed).toBe(false);
    rest();
    expect(await ended).toBe(200);
    await claiming;
    expect(await kept()).toBe(MANY);
  });

  it('does not wait for ever for one that was stopped: it is killed, and stores nothing when it goes on', async () => {
    const { rest, ended, begun } = await halfSent(await claim('first'));
    const second = await claim('second');
    expect(await begun()).toBe(false);
    expect(await kept()).toBe(0);
    await insert(second);
    rest();
    expect(await ended).not.toBe(200);
    await wait(500);
    expect(await kept()).toBe(2);
  });

  it('is one, however many claim at once', async () => {
    const claimed = await Promise.all(['a', 'b', 'c', 'd'].map((owner) => claim(owner)));
    const stored = await Promise.all(
      claimed.map((fence) =>
        insert(fence).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect(await kept()).toBe(2);
  });
});
