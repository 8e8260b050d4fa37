import type { Admin, Consumer } from 'kafkajs';
import { expect, it } from 'vitest';
import { sourceConfig } from '../../../../core/config/sourceConfig.ts';
import { Intake } from '../../../../core/sources/kafka/intake.ts';
import { asArrivalTimeMs } from '../../../../core/time/eventTime.ts';

/** An intake of one partition that the store says to begin at 40, of a topic that goes to 100; and where it has told the consumer to go. */
async function begunAt40(): Promise<{ intake: Intake; sought: string[] }> {
  const config = sourceConfig.parse({ kind: 'kafka', brokers: ['none:1'] });
  if (config.kind !== 'kafka') throw new Error('it is Kafka');
  const sought: string[] = [];
  const intake = new Intake({
    config,
    admin: {
      fetchTopicOffsets: () => Promise.resolve([{ partition: 0, offset: '100', high: '100', low: '0' }]),
    } as unknown as Admin,
    reader: {
      assign: (found) => Promise.resolve(found.map(() => ({ offset: 40, closed: false, fileHead: undefined }))),
      revoke: () => undefined,
    },
    clock: () => asArrivalTimeMs(0),
    onFailure: (error) => {
      throw error;
    },
    signal: new AbortController().signal,
  });
  const consumer = {
    seek: ({ offset }: { offset: string }) => sought.push(offset),
    pause: () => undefined,
    resume: () => undefined,
  } as unknown as Consumer;
  intake.serve(consumer, { topics: new Map([['bids', 'bids']]), clusterId: 'c' });
  intake.assigned({ bids: [0] }, 'me');
  await settled();
  return { intake, sought };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const nextOffset = (intake: Intake): number | undefined => {
  const item = intake.queue.take();
  return item?.kind === 'slice' ? item.nextOffset : undefined;
};
const mark = (first: number, last = first) => ({
  ...{ topic: 'bids', partition: 0 },
  ...{ firstOffset: String(first), lastOffset: String(last) },
});

it('marks of transactions where a record is expected let the offset go on', async () => {
  const { intake } = await begunAt40();
  intake.passedOver(mark(40, 42));
  expect(nextOffset(intake)).toBe(43);
});

it('a mark that was fetched before the partition was begun further back does not pass over what lies between', async () => {
  const { intake, sought } = await begunAt40();
  intake.passedOver(mark(50));
  expect(nextOffset(intake)).toBeUndefined();
  await settled();
  // It is begun anew, and then what was there comes.
  expect(sought).toEqual(['40', '40']);
  intake.passedOver(mark(40));
  expect(nextOffset(intake)).toBe(41);
});

it('a mark behind a hole is believed when the hole is still there after the partition was begun anew', async () => {
  const { intake } = await begunAt40();
  intake.passedOver(mark(50));
  await settled();
  intake.passedOver(mark(50));
  expect(nextOffset(intake)).toBe(51);
});
