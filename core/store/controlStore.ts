import type { Alert } from '../alerts/alert.ts';
import { DEFAULT_EVENTS, type Subscription } from '../alerts/eventType.ts';
import type { Notice } from '../alerts/notice.ts';
import { type Rule, ruleSpec, type RuleSpec } from '../alerts/rule.ts';
import { storedAlert } from '../alerts/storedAlert.ts';
import type { Fence } from './fence.ts';
import type { Connection } from './connection.ts';
import { alertRow, noticeRow } from './alertRows.ts';
import { jsonRows, jsonTime } from './insertBodies.ts';
import { type Page, pageSql } from './page.ts';
import type { Row } from './readStore.ts';

/** A webhook, and what it is told. */
export interface Receiver extends Subscription {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly secrets: readonly string[];
}

/** A receiver as it is written down; one of an older Touchstone names no events. */
export type ReceiverSpec = Pick<Receiver, 'name' | 'url' | 'secrets' | 'enabled'> &
  Partial<Pick<Receiver, 'events' | 'streams'>>;

/** What is delivered. */
interface Message {
  readonly type: string;
  readonly body: string;
  readonly windowEndMs: number;
}

/** A delivery that is due. */
export interface DueDelivery extends Message {
  readonly noticeId: string;
  readonly receiverId: string;
  /** Attempts made so far. */
  readonly attempts: number;
}

/** An attempt, as it is written down. */
export interface AttemptRow {
  readonly noticeId: string;
  readonly receiverId: string;
  readonly attempt: number;
  readonly status: number;
  readonly latencyMs: number;
  readonly outcome: 'delivered' | 'retry' | 'gone' | 'given-up';
  readonly error: string;
  readonly nextAttemptAtMs: number | undefined;
}

/** The SQL of the control role: rules, receivers, alerts, notices, deliveries. All writes may be repeated without harm. */
export class ControlStore {
  readonly #connection: Connection;
  readonly #database: string;

  readonly #fence: Fence | undefined;

  /** With a fence the writes of alerts and deliveries are refused when another process is in control. */
  constructor(
    connection: Connection,
    { database, fence }: { readonly database: string; readonly fence?: Fence | undefined },
  ) {
    this.#connection = connection;
    this.#database = database;
    this.#fence = fence;
  }

  async rules(): Promise<Rule[]> {
    const rows = await this.#specs('rule_revisions');
    return rows.map(({ id, spec }) => ({ ...ruleSpec.parse(JSON.parse(spec)), id }));
  }

  /** Sets a rule; `undefined` removes it. */
  saveRule(id: string, spec: RuleSpec | undefined, atMs: number): Promise<void> {
    return this.#insert('_private.rule_revisions', [
      { id, spec: JSON.stringify(spec ?? {}), deleted: spec === undefined, changedAt: jsonTime(atMs) },
    ]);
  }

  async receivers(): Promise<Receiver[]> {
    const rows = await this.#specs('receiver_revisions');
    return rows.map(({ id, spec, changedAtMs }) => ({
      ...{ events: DEFAULT_EVENTS, streams: [] },
      ...(JSON.parse(spec) as ReceiverSpec),
      ...{ id, sinceMs: Number(changedAtMs) },
    }));
  }

  /** Sets a receiver; `undefined` removes it. */
  saveReceiver(id: string, receiver: ReceiverSpec | undefined, atMs: number): Promise<void> {
    return this.#insert('_private.receiver_revisions', [
      { id, spec: JSON.stringify(receiver ?? {}), deleted: receiver === undefined, changedAt: jsonTime(atMs) },
    ]);
  }

  /** Alerts that are not resolved, or were resolved lately enough to begin again. */
  async liveAlerts(sinceMs: number): Promise<Alert[]> {
    const rows = await this.#connection.query<{ state: string }>(
      `SELECT state FROM ${this.#database}.alert_revisions FINAL WHERE status != 'resolved' OR updatedAt >= fromUnixTimestamp64Milli({sinceMs:Int64})`,
      { sinceMs },
    );
    return rows.map(({ state }) => storedAlert(state));
  }

  /** When the firing of each alert was told last, by alert id, epoch ms. */
  async lastTold(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#connection.query<{ alertId: string; toldMs: string }>(
      `SELECT alertId, toUnixTimestamp64Milli(max(createdAt)) AS toldMs FROM ${this.#database}.notices WHERE type = 'alert.firing' GROUP BY alertId`,
    );
    return new Map(rows.map(({ alertId, toldMs }) => [alertId, Number(toldMs)]));
  }

  /** Writes notices, then the alerts they tell of: should we die between, the notice is made again and is the same. */
  async save(
    notices: readonly { readonly notice: Notice; readonly receivers: readonly string[] }[],
    alerts: readonly Alert[],
  ): Promise<void> {
    if (notices.length > 0)
      await this.#insert(
        '.notice_rows',
        notices.map(({ notice, receivers }) => noticeRow(notice, receivers)),
        this.#fence,
      );
    if (alerts.length > 0) await this.#insert('.alert_revisions', alerts.map(alertRow), this.#fence);
  }

  /**
   * Deliveries that are due now, the oldest first: of each receiver that there is and that is enabled at most `perReceiver`, so that one
   * with many waiting does not fill the list.
   */
  async due(nowMs: number, limit: number, perReceiver = 20): Promise<DueDelivery[]> {
    const rows = await this.#connection.query<{ noticeId: string; receiverId: string; attempts: number }>(
      `SELECT n.id AS noticeId, n.receiver AS receiverId, d.attempts AS attempts
       FROM (SELECT id, createdAt, arrayJoin(receivers) AS receiver FROM ${this.#database}.notices WHERE createdAt > now() - INTERVAL 7 DAY) AS n
       LEFT JOIN ${this.#database}.deliveries AS d ON d.noticeId = n.id AND d.receiverId = n.receiver
       WHERE (d.attempts = 0 OR (d.outcome = 'retry' AND d.nextAttemptAt <= fromUnixTimestamp64Milli({nowMs:Int64})))
         AND n.receiver IN (SELECT id FROM ${this.#database}_private.receiver_revisions FINAL WHERE NOT deleted AND JSONExtractBool(spec, 'enabled'))
       ORDER BY n.createdAt, n.id LIMIT {perReceiver:UInt32} BY n.receiver LIMIT {limit:UInt32}`,
      { nowMs, perReceiver, limit },
    );
    const messages = await this.#messages([...new Set(rows.map(({ noticeId }) => noticeId))]);
    return rows.flatMap((row) => {
      const message = messages.get(row.noticeId);
      return message === undefined ? [] : [{ ...row, ...message }];
    });
  }

  /** What notices say, by id. */
  async #messages(ids: readonly string[]): Promise<ReadonlyMap<string, Message>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#connection.query<{ id: string; type: string; body: string; windowEndMs: string }>(
      `SELECT id, type::String AS type, body, toUnixTimestamp64Milli(windowEnd) AS windowEndMs FROM ${this.#database}.notices WHERE id IN ({ids:Array(String)})`,
      { ids },
    );
    return new Map(
      rows.map(({ id, windowEndMs, ...message }) => [id, { ...message, windowEndMs: Number(windowEndMs) }]),
    );
  }

  /** Writes an attempt down. */
  saveAttempt({ nextAttemptAtMs, ...attempt }: AttemptRow, atMs: number): Promise<void> {
    return this.#insert('.delivery_attempts', [
      {
        ...attempt,
        nextAttemptAt: nextAttemptAtMs === undefined ? null : jsonTime(nextAttemptAtMs),
        attemptedAt: jsonTime(atMs),
      },
    ]);
  }

  /** Alerts as rows of the view, newest change first. */
  alertRows(
    filters: {
      readonly status?: string | undefined;
      readonly ruleId?: string | undefined;
      readonly id?: string | undefined;
    },
    page: Page,
  ): Promise<Row[]> {
    const given = Object.entries(filters).filter(([, value]) => value !== undefined);
    const { conditions, columns, order, params } = pageSql(
      { value: 'toUnixTimestamp64Milli(updatedAt)', tie: 'id' },
      page,
    );
    const where = [...given.map(([key]) => `${key} = {${key}:String}`), ...conditions];
    return this.#connection.query(
      `SELECT * EXCEPT (windowStart, windowEnd), toUnixTimestamp64Milli(windowStart) AS startMs, toUnixTimestamp64Milli(windowEnd) AS endMs, toUnixTimestamp64Milli(updatedAt) AS updatedMs, ${columns}
       FROM ${this.#database}.alerts ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ${order}`,
      { ...filters, ...params },
    );
  }

  /** Deliveries with what they carried, newest attempt first. */
  deliveryRows(page: Page): Promise<Row[]> {
    const { conditions, columns, order, params } = pageSql(
      { value: 'toUnixTimestamp64Milli(d.lastAttemptAt)', tie: "concat(d.noticeId, ' ', d.receiverId)" },
      page,
    );
    return this.#connection.query(
      `SELECT d.*, n.alertId AS alertId, n.about AS about, n.reason AS reason, n.type AS type, toUnixTimestamp64Milli(d.lastAttemptAt) AS lastMs, ${columns}
       FROM ${this.#database}.deliveries AS d INNER JOIN ${this.#database}.notices AS n ON n.id = d.noticeId
       ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ${order}`,
      params,
    );
  }

  #specs(table: string): Promise<{ id: string; spec: string; changedAtMs: string }[]> {
    return this.#connection.query(
      `SELECT id, spec, toUnixTimestamp64Milli(changedAt) AS changedAtMs FROM ${this.#database}_private.${table} FINAL WHERE NOT deleted ORDER BY id`,
    );
  }

  #insert(table: string, rows: readonly object[], fence?: Fence): Promise<void> {
    return this.#connection.insertBytes({
      table: `${this.#database}${table}`,
      format: 'JSONEachRow',
      body: jsonRows(rows),
      fence,
    });
  }
}
