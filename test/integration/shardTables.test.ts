import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../cli/openStore.ts';
import type { StreamSchema } from '../../core/events/stream.ts';
import { EventShards } from '../../core/store/eventShards.ts';
import { layOutEvents } from '../../core/store/layOutEvents.ts';
import { migrate } from '../../core/store/migrate.ts';
import { CLUSTER, SCHEMA, startTwoShards, type TwoShards } from '../support/twoShards.ts';

let two: TwoShards;

beforeAll(async () => {
  two = await startTwoShards();
  await migrate(two.home.admin, { dir: MIGRATIONS, database: 'touchstone', ttlDays: 30 });
});

afterAll(() => two.stop());

const typed = (type: 'integer' | 'text' = 'integer'): StreamSchema => ({
  ...SCHEMA,
  fields: SCHEMA.fields.map((field) => (field.name === 'priceMicros' ? { ...field, type } : field)),
});

describe('what is laid out', () => {
  const lay = (shards: EventShards, type?: 'integer' | 'text', home = two.home.admin): Promise<void> =>
    layOutEvents(home, shards, { schema: typed(type), retentionDays: 90 });
  const database = 'touchstone';

  it('is widened everywhere', async () => {
    await lay(two.shards);
    const row = (n: number): Uint8Array =>
      new TextEncoder().encode(
        `{"partition":"p","offset":${String(n)},"arrivedAt":"${new Date().toISOString()}","priceMicros":${String(n)}}`,
      );
    const connections = [two.home.admin, two.other.admin];
    for (const [n, connection] of connections.entries())
      await connection.insertBytes({ table: 'touchstone.event_rows_bids', format: 'JSONEachRow', body: row(n) });
    await lay(two.shards, 'text');
    await lay(two.shards, 'text');
    const rows = await two.home.admin.query<{ said: string }>(
      "SELECT concat(priceMicros, ' micros') AS said FROM touchstone.events_bids ORDER BY offset",
    );
    expect(rows.map(({ said }) => said)).toEqual(['0 micros', '1 micros']);
    await expect(lay(two.shards, 'integer')).rejects.toThrow('cannot become');
  });

  it('has on a shard nothing that only the home has, so that it cannot be asked there in vain', async () => {
    await expect(
      two.home.admin.query(
        'SELECT count() FROM touchstone.events_bids WHERE partition IN (SELECT partition FROM touchstone.partitions)',
      ),
    ).rejects.toThrow('Unknown table');
  });

  it('is refused where what is written is not what is read', async () => {
    const { spread: whole } = two.shards;
    const [first, second] = whole?.shards ?? [];
    if (first === undefined || second === undefined) throw new Error('there are no shards');
    const of = (...shards: (typeof first)[]): EventShards =>
      new EventShards(two.home.admin, database, { cluster: CLUSTER, shards });
    await expect(lay(of(first), 'text')).rejects.toThrow('has 1 more server');
    await expect(lay(of(first, second, second), 'text')).rejects.toThrow('does not lead to the shard');
    const strange = new EventShards(two.home.admin, database, { cluster: 'nobody', shards: [first, second] });
    await expect(lay(strange, 'text')).rejects.toThrow("'nobody' not found");
  });

  it('is refused over tables of the other kind, both ways', async () => {
    await expect(lay(new EventShards(two.home.admin, database), 'text')).rejects.toThrow('is spread over shards');
    const plain = 'elsewhere';
    await migrate(two.home.admin, { dir: MIGRATIONS, database: plain, ttlDays: 30 });
    await lay(new EventShards(two.home.admin, plain));
    await expect(lay(new EventShards(two.home.admin, plain, two.shards.spread))).rejects.toThrow('holds rows');
    await two.home.admin.command('RENAME TABLE elsewhere.events_bids TO elsewhere.event_rows_bids');
    await lay(new EventShards(two.home.admin, plain, two.shards.spread));
  });
});
