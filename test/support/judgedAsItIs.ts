import type { Config } from '../../core/config/config.ts';
import { packetsFor } from '../../core/config/packetsFor.ts';
import type { Connection } from '../../core/store/connection.ts';
import { JudgeStore } from '../../core/store/judgeStore.ts';

/** Whether every judged window was judged by all that it is made of: packets tell of events, too, and may be stored after them. */
export async function isJudgedAsItIs({ streams, clickhouse }: Config, connection: Connection): Promise<boolean> {
  const store = new JudgeStore(connection, clickhouse.database);
  const isSo = Object.keys(streams).map(async (stream) => {
    const { windowMs } = streams[stream]!;
    const judged = await store.judged(stream, 0);
    if (judged.size === 0) return false;
    const span = { fromMs: Math.min(...judged.keys()), toMs: Math.max(...judged.keys()) + windowMs };
    const packets = packetsFor({ streams }, stream);
    const digests = await store.digests({ stream, windowMs }, packets, span);
    return [...judged].every(([startMs, { digest }]) => digest === (digests.get(startMs) ?? 0n));
  });
  return (await Promise.all(isSo)).every((one) => one);
}
