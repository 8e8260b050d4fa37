// The demo's streams out of Kafka: see "Through Kafka" in the README.
import { config as demo } from '../touchstone.config.ts';

const { prices: _, ...streams } = demo.streams;

export const config = {
  ...demo,
  streams,
  source: { kind: 'kafka', brokers: ['127.0.0.1:9092'] },
};
