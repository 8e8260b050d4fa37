import { signedHeaders } from './signature.ts';

/** One attempt to deliver a message. */
export interface WebhookAttempt {
  readonly url: string;
  readonly secrets: readonly string[];
  /** The same on every attempt at the same message. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
  /** Our clock, epoch ms. */
  readonly nowMs: number;
  readonly timeoutMs: number;
}

/** What came of it. */
export interface AttemptResult {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly latencyMs: number;
  /** `gone`: the receiver said 410 and wants no more. */
  readonly outcome: 'delivered' | 'retry' | 'gone';
  readonly error: string;
  /** How long the receiver asked us to wait, if it did. */
  readonly retryAfterMs: number | undefined;
}

/** Posts a signed message. Never throws; redirects are not followed (a receiver is where it says it is). */
export async function sendWebhook({
  url,
  secrets,
  id,
  body,
  nowMs,
  timeoutMs,
}: WebhookAttempt): Promise<AttemptResult> {
  const startedMs = performance.now();
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'touchstone',
    ...signedHeaders(secrets, { id, timestampS: Math.floor(nowMs / 1_000), body }),
  };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    const { status } = response;
    const outcome = response.ok ? 'delivered' : status === 410 ? 'gone' : 'retry';
    return {
      status,
      latencyMs: performance.now() - startedMs,
      outcome,
      error: response.ok ? '' : `HTTP ${String(status)}`,
      retryAfterMs: retryAfter(response.headers.get('retry-after'), nowMs),
    };
  } catch (error) {
    return {
      status: 0,
      latencyMs: performance.now() - startedMs,
      outcome: 'retry',
      error: reasonOf(error),
      retryAfterMs: undefined,
    };
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
