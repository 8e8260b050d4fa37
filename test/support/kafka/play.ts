// `npm run kafka`: a broker for a person to play with, on port 9092 (KAFKA_PORT), until Ctrl-C. Its data is kept under the cache folder.
import { fileURLToPath } from 'node:url';
import { startKafka } from './kafka.ts';

const dir = fileURLToPath(new URL('../../../node_modules/.cache/touchstone-kafka/', import.meta.url));
const kafka = await startKafka({ dir, port: Number(process.env['KAFKA_PORT'] ?? 9092) });
process.stdout.write(`
  Apache Kafka is up: ${kafka.brokers.join(',')}

  npm run touchstone -- simulate --help
  npm run touchstone -- ship DIR --brokers ${kafka.brokers.join(',')}

  Ctrl-C ends it; what is in it is kept.

`);
const alive = setInterval(() => undefined, 1_000);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void kafka.stop().then(() => {
      clearInterval(alive);
    });
  });
