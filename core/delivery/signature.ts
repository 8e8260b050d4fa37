import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A fresh signing secret: `whsec_` and 24 random bytes in base64 (Standard Webhooks 1.0.0). */
export const newSecret = (): string => PREFIX + randomBytes(24).toString('base64');

/**
 * The three headers of Standard Webhooks 1.0.0. The signature is `v1,` and the base64 HMAC-SHA256 of `<id>.<timestamp>.<body>`, one for each secret,
 * separated by spaces, so that secrets can be changed without a gap.
 */
export function signedHeaders(
  secrets: readonly string[],
  message: { readonly id: string; readonly timestampS: number; readonly body: string },
): Record<string, string> {
  const signed = `${message.id}.${String(message.timestampS)}.${message.body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`,
  );
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampS),
    'webhook-signature': signatures.join(' '),
  };
}

const keyOf = (secret: string): Buffer =>
  Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
