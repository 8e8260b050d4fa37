import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNTERS, DURATIONS, GAUGES, startTelemetry } from '../../core/telemetry.ts';
import { ROOT } from '../support/touchstoneChild.ts';

/** A collector that only notes what it is sent. */
const received = new Map<string, string>();
let collector: Server;

beforeAll(async () => {
  collector = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      received.set(
        request.url ?? '',
        (received.get(request.url ?? '') ?? '') + Buffer.concat(pieces).toString('latin1'),
      );
      response.end();
    });
  });
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  const { port } = collector.address() as AddressInfo;
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${String(port)}`;
});

afterAll(() => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  collector.close();
});

describe('telemetry', () => {
  it('exports metrics and traces when the standard environment names an endpoint', async () => {
    const telemetry = startTelemetry();
    const { instruments } = telemetry;
    instruments.count('touchstone.ingest.events', 7);
    instruments.duration('touchstone.detection.delay', 1_234);
    await instruments.span('touchstone.ingest.store', { events: 7 }, () => Promise.resolve());
    await expect(
      instruments.span('touchstone.deliver', {}, () => Promise.reject(new Error('the receiver hung up'))),
    ).rejects.toThrow('the receiver hung up');
    await telemetry.stop();
    const traces = received.get('/v1/traces') ?? '';
    expect(traces).toContain('touchstone.ingest.store');
    expect(traces).toContain('the receiver hung up');
    const metrics = received.get('/v1/metrics') ?? '';
    expect(metrics).toContain('touchstone.ingest.events');
    expect(metrics).toContain('touchstone.detection.delay');
  });

  it.each(Object.keys({ ...COUNTERS, ...DURATIONS, ...GAUGES }))('has %s in the README', (name) => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(name.replaceAll('.', '_'));
  });
});
