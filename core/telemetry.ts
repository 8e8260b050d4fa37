import { metrics, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pino, type Logger } from 'pino';

/** What is counted since the process started, and what it means. */
export const COUNTERS = {
  'touchstone.ingest.events': 'Events that were stored',
  'touchstone.ingest.problems': 'Lines that became dead letters instead',
  'touchstone.ingest.rows_in_doubt':
    'Rows above their commits when partitions were opened: stored before a death, not stored again',
  'touchstone.store.failures': 'Attempts that the store or the source did not answer as it should; each is made again',
  'touchstone.judge.windows': 'Windows that were judged, by stream',
  'touchstone.judge.findings': 'Findings that were written down, by stream; retractions count, too',
  'touchstone.judge.restated': 'Windows that late events have moved, by stream',
  'touchstone.deliveries': 'Webhooks that were sent, by outcome: delivered, retry, gone, given-up',
  'touchstone.published': 'Changes that were published to topics, by kind',
} as const;

/** What is read when somebody asks, and what it means. */
export const GAUGES = {
  'touchstone.source.backlog_bytes': 'Bytes that are there and were not read yet',
  'touchstone.judge.again_windows':
    'Windows that are being judged again, since late events moved them or one before them',
  'touchstone.audit.holds':
    '1 while what is stored is what was committed, by stream; 0: something is lost or twice, touchstone doctor says what',
} as const;

/** What takes time, and what it means; in milliseconds. */
export const DURATIONS = {
  'touchstone.detection.delay': 'From the end of a window to the delivery of the alert that fires in it',
} as const;

/** The process's instruments. Everything measured has one of these; names follow OpenTelemetry's conventions, units last. */
export interface Instruments {
  count(name: keyof typeof COUNTERS, value: number, attributes?: Attributes): void;
  /** A duration in milliseconds. */
  duration(name: keyof typeof DURATIONS, ms: number, attributes?: Attributes): void;
  /** A value that is read when somebody asks. */
  gauge(name: keyof typeof GAUGES, read: () => number, attributes?: Attributes): void;
  /** Does something within a span; a failure is noted on it. Where nobody collects spans it costs a call. */
  readonly span: <Value>(name: string, attributes: Attributes, act: () => Promise<Value>) => Promise<Value>;
}

/** Telemetry of one process. */
export interface Telemetry {
  readonly instruments: Instruments;
  readonly log: Logger;
  /** Answers with the metrics as Prometheus text. */
  answerMetrics(request: IncomingMessage, response: ServerResponse): void;
  stop(): Promise<void>;
}

/** Bounds of the duration histograms, in milliseconds: from a fast query to an hour's detection delay. */
const DURATION_BOUNDS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
];

/**
 * Starts metrics, traces and logs. OTLP export is on when OpenTelemetry's own environment names an endpoint
 * (`OTEL_EXPORTER_OTLP_ENDPOINT`); otherwise nothing leaves the process and spans are not recorded.
 */
export function startTelemetry(env: NodeJS.ProcessEnv = process.env): Telemetry {
  const exports = env['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined && env['OTEL_SDK_DISABLED'] !== 'true';
  const prometheus = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const otlp = exports ? [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })] : [];
  const sdk = new NodeSDK({
    serviceName: env['OTEL_SERVICE_NAME'] ?? 'touchstone',
    autoDetectResources: false,
    metricReaders: [prometheus, ...otlp],
    logRecordProcessors: [],
    ...(exports ? {} : { spanProcessors: [] }),
  });
  sdk.start();
  const log = pino({ level: env['TOUCHSTONE_LOG'] ?? 'info', mixin: traceIds }, pino.destination(2));
  return {
    instruments: createInstruments(),
    log,
    answerMetrics: (request, response) => {
      prometheus.getMetricsRequestHandler(request, response);
    },
    stop: () =>
      sdk.shutdown().catch((error: unknown) => {
        log.warn({ err: error }, 'the last metrics and traces could not be exported');
      }),
  };
}

function createInstruments(): Instruments {
  const meter = metrics.getMeter('touchstone');
  const counters = new Map<string, ReturnType<typeof meter.createCounter>>();
  const histograms = new Map<string, ReturnType<typeof meter.createHistogram>>();
  return {
    count(name, value, attributes) {
      let counter = counters.get(name);
      if (counter === undefined)
        counters.set(name, (counter = meter.createCounter(name, { description: COUNTERS[name] })));
      counter.add(value, attributes);
    },
    duration(name, ms, attributes) {
      let histogram = histograms.get(name);
      if (histogram === undefined)
        histograms.set(
          name,
          (histogram = meter.createHistogram(name, {
            description: DURATIONS[name],
            unit: 'ms',
            advice: { explicitBucketBoundaries: DURATION_BOUNDS_MS },
          })),
        );
      histogram.record(ms, attributes);
    },
    gauge(name, read, attributes) {
      meter.createObservableGauge(name, { description: GAUGES[name] }).addCallback((result) => {
        result.observe(read(), attributes);
      });
    },
    span: inSpan,
  };
}

/** For work that nobody watches. */
export const untraced: Instruments['span'] = (_name, _attributes, act) => act();

function inSpan<Value>(name: string, attributes: Attributes, act: () => Promise<Value>): Promise<Value> {
  return trace.getTracer('touchstone').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await act();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A log line written inside a span names it. */
function traceIds(): object {
  const context = trace.getActiveSpan()?.spanContext();
  return context === undefined ? {} : { traceId: context.traceId, spanId: context.spanId };
}
