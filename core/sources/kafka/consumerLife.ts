import type { Consumer, EachBatchHandler } from 'kafkajs';
import type { Logger } from 'pino';

/** How a consumer lives. */
export interface LifeParts {
  readonly topics: readonly string[];
  readonly eachBatch: EachBatchHandler;
  /** Ends it, also when it aborted before the consumer began. */
  readonly signal: AbortSignal;
  /** Asked now and then: why the consumer is to end; undefined while it is well. */
  readonly watch: () => Promise<string | undefined>;
  readonly watchMs: number;
  readonly log: Logger;
}

/** A consumer's own end may hang on a broker that is away. */
const LEAVE_MS = 5_000;

/**
 * Lets a consumer consume until it is ended, or has stopped for good: kafkajs does so on errors that it takes for final, while its process lives on with no member
 * in the group. Rejects when it cannot begin.
 */
export async function consumeOnce(
  consumer: Consumer,
  { topics, eachBatch, signal, watch, watchMs, log }: LifeParts,
): Promise<void> {
  const ended = Promise.withResolvers<string>();
  const onAbort = (): void => {
    ended.resolve('closed');
  };
  if (signal.aborted) return;
  signal.addEventListener('abort', onAbort);
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    log.warn({ err: error, restart }, 'the kafka consumer crashed');
    if (!restart) ended.resolve(`it crashed: ${error.message}`);
  });
  const watching = setInterval(() => {
    watch().then(
      (reason) => {
        if (reason !== undefined) ended.resolve(reason);
      },
      () => undefined,
    );
  }, watchMs);
  const begin = async (): Promise<string> => {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    return ended.promise;
  };
  try {
    // To be ended is not put off by a broker that does not answer.
    await Promise.race([begin(), ended.promise]);
    log.debug({ reason: await ended.promise }, 'the kafka consumer ends');
  } finally {
    clearInterval(watching);
    signal.removeEventListener('abort', onAbort);
    await Promise.race([consumer.disconnect(), new Promise((resolve) => setTimeout(resolve, LEAVE_MS))]).catch(
      () => undefined,
    );
  }
}
