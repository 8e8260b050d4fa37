import type { Connection } from '../../core/store/connection.ts';
import { ControlStore, type Receiver } from '../../core/store/controlStore.ts';
import { HealthStore, type NewestAudit, type ReceiverDeliveries } from '../../core/store/healthStore.ts';
import { examined, fail, ok, type Verdict, warn } from './verdict.ts';
import { counted, durationText, firstOf } from './words.ts';

/** Audits come every 30 s. */
const AUDIT_OLD_MS = 10 * 60_000;

/** Whether what is stored agrees with itself, and whether people hear of it. */
export async function dataChecks(connection: Connection, database: string): Promise<readonly Verdict[]> {
  const health = new HealthStore(connection, database);
  const control = new ControlStore(connection, { database });
  const checks = await Promise.all([
    examined('audit', async () => auditVerdict(await health.newestAudits(), database)),
    examined('dead letters', () => lettersVerdict(health, database)),
    examined('receivers', async () => receiverVerdicts(await control.receivers(), await health.deliveries())),
  ]);
  return checks.flat();
}

function auditVerdict(audits: readonly NewestAudit[], database: string): Verdict {
  const broken = audits.filter(({ holds }) => !holds);
  if (broken.length > 0)
    return fail(
      'audit',
      `rows were lost or counted twice: ${broken.map(({ stream, committed, rows, deadLetters }) => `${stream} has ${String(committed)} lines committed, ${String(rows)} rows and ${String(deadLetters)} dead letters`).join('; ')}`,
      `SELECT * FROM ${database}.audit WHERE NOT holds ORDER BY auditedAt; this is a bug or a damaged store, report it with that`,
    );
  const newestMs = Math.min(...audits.map(({ ageMs }) => ageMs));
  if (audits.length === 0) return ok('audit', 'none was made yet: the first comes half a minute after a start');
  const detail = `holds for ${counted(audits.length, 'stream')}, last made ${durationText(newestMs)} ago`;
  return newestMs > AUDIT_OLD_MS
    ? warn('audit', detail, 'audits come every 30 s: see whether a process with the role control lives')
    : ok('audit', detail);
}

async function lettersVerdict(health: HealthStore, database: string): Promise<Verdict> {
  const letters = await health.deadLetters();
  if (letters.length === 0) return ok('dead letters', 'none in the last hour');
  const lines = letters.reduce((sum, letter) => sum + letter.lines, 0);
  const kinds = letters.map(
    (letter) => `${letter.stream} ${letter.reason} ${String(letter.lines)} (such as: ${letter.detail.slice(0, 80)})`,
  );
  return warn(
    'dead letters',
    `${counted(lines, 'line')} of the last hour became no events: ${firstOf(kinds, 3)}`,
    `SELECT * FROM ${database}.dead_letters ORDER BY arrivedAt DESC LIMIT 10; after a repair, touchstone replay --dead-letters`,
  );
}

function receiverVerdicts(
  receivers: readonly Receiver[],
  deliveries: readonly ReceiverDeliveries[],
): readonly Verdict[] {
  const enabled = receivers.filter((receiver) => receiver.enabled);
  if (enabled.length === 0)
    return [warn('receivers', 'nobody is told of alerts: there is no receiver', 'register one: POST /v1/receivers')];
  return enabled.map((receiver) =>
    receiverVerdict(
      receiver,
      deliveries.find(({ receiverId }) => receiverId === receiver.id),
    ),
  );
}

function receiverVerdict({ name, url }: Receiver, made: ReceiverDeliveries | undefined): Verdict {
  const who = `${name} (${new URL(url).host})`;
  if (made === undefined) return ok('receivers', `${who}: nothing was to be delivered in the last day`);
  const { deliveries, failed, newestOutcome, newestError, newestStatus } = made;
  const detail = `${who}: ${String(deliveries - failed)} of ${String(deliveries)} delivered in the last day`;
  if (failed === 0) return ok('receivers', detail);
  const last = newestStatus > 0 ? `HTTP ${String(newestStatus)}` : newestError;
  const todo = 'see whether it answers within 15 s with a status 2xx; GET /v1/deliveries has each attempt';
  if (newestOutcome === 'delivered') return warn('receivers', `${detail}; the last one arrived`, todo);
  const state = newestOutcome === 'retry' ? 'is tried again' : `was left (${newestOutcome})`;
  return fail('receivers', `${detail}; the last one ${state}: ${last}`, todo);
}
