import { fnv1a64 } from '../findings/fnv1a64.ts';

const SEPARATOR = 0xff;

/**
 * Fingerprint of a label set as Prometheus and Alertmanager compute it: FNV-1a-64 over the labels sorted by name,
 * each as name, 0xFF, value, 0xFF (prometheus/common, model.LabelSet.Fingerprint). 16 hexadecimal digits.
 */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const encoder = new TextEncoder();
  const bytes = Object.keys(labels)
    .sort()
    .flatMap((name) => [...encoder.encode(name), SEPARATOR, ...encoder.encode(labels[name]), SEPARATOR]);
  return fnv1a64(Uint8Array.from(bytes));
}
