import { clusterReport, type TopicEnds } from '../clusterReport.ts';
import { cluster } from '../contract.ts';
import type { ApiParts } from '../parts.ts';
import type { Api } from '../app.ts';

/** Who waits is a person, or a probe: what Kafka does not tell by then is left out. */
const PATIENCE_MS = 2_500;

/** Processes, who owns what, and how far behind it is. */
export function clusterRoutes(app: Api, { config, cluster: store, topicEnds }: ApiParts): void {
  const streams = Object.keys(config.streams);
  app.get(
    '/v1/cluster',
    {
      schema: {
        summary: 'Processes, who owns what, and the lag of every stream and partition',
        response: { 200: cluster },
      },
    },
    async () => {
      // The ends after the store: else what came between would look as if more were stored than there is.
      const facts = await store.facts();
      return clusterReport(facts, streams, await askedSoon(topicEnds));
    },
  );
}

async function askedSoon(ask: ApiParts['topicEnds']): Promise<TopicEnds> {
  if (ask === undefined) return { state: 'files', detail: 'the source is files: they have no end', ends: undefined };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it did not answer within ${String(PATIENCE_MS)} ms`));
    }, PATIENCE_MS);
  });
  try {
    return { state: 'known', detail: 'Kafka told them', ends: await Promise.race([ask(), tooLate]) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { state: 'unknown', detail: `Kafka does not tell where its topics end: ${reason}`, ends: undefined };
  } finally {
    clearTimeout(timer);
  }
}
