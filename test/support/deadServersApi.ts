import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { simulate } from '../../fleet/simulate.ts';
import { openFolder } from './openFolder.ts';
import { until } from './touchstoneChild.ts';
import { startWebhookReceiver } from './webhookReceiver.ts';
import { startWholeApi, type WholeApi } from './wholeApi.ts';
import { fleetConfig } from './wholeRun.ts';

/** Start of the fleet's half hour. */
export const FLEET_START_MS = Date.UTC(2026, 0, 1, 12);
const MINUTE_MS = 60_000;
const MINUTES = 30;
/** Alerts that did not change for so long stay as they are: control beats every 300 ms. */
const STANDING_STILL_MS = 1_500;

/** The API over a fleet of five servers of which two die together and stay dead, so that findings, alerts and deliveries share their times. */
export async function startDeadServersApi(): Promise<{
  readonly api: WholeApi;
  readonly receiverId: string;
  /** Ids of the messages that the one receiver got. */
  readonly told: () => string[];
  readonly stop: () => Promise<void>;
}> {
  const folder = await openFolder();
  const logs = join(folder.path, 'logs');
  await mkdir(logs);
  const receiver = await startWebhookReceiver(() => 204);
  const api = await startWholeApi(fleetConfig(join(folder.path, 'data'), logs));
  const { body } = await api.ask('POST', '/v1/receivers', { name: 'test', url: receiver.url });
  await simulate(logs, {
    servers: 5,
    requestsPerSecond: 5,
    startMs: FLEET_START_MS,
    endMs: FLEET_START_MS + MINUTES * MINUTE_MS,
    faults: [{ kind: 'dead', servers: 0.4, startMs: FLEET_START_MS + 10 * MINUTE_MS }],
  });
  let [alerts, sinceMs] = ['', Date.now()];
  await until('the fleet is judged and told of', async () => {
    const [newest] = (await api.ask('GET', '/v1/windows?stream=requests&limit=1')).body.items;
    const deliveries = (await api.ask('GET', '/v1/deliveries?limit=1000')).body.items;
    // The other streams may be behind: what is compared in two answers may not change between them.
    const now = JSON.stringify((await api.ask('GET', '/v1/alerts')).body.items);
    if (now !== alerts) [alerts, sinceMs] = [now, Date.now()];
    return (
      (newest?.endMs ?? 0) >= FLEET_START_MS + (MINUTES - 1) * MINUTE_MS &&
      deliveries.length >= 4 &&
      Date.now() - sinceMs > STANDING_STILL_MS
    );
  });
  return {
    api,
    receiverId: body.id,
    told: () => receiver.received.map(({ id }) => id),
    async stop() {
      await api.stop();
      await receiver.close();
      await folder.remove();
    },
  };
}
