import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams doing the same sums by the same cuts, without storing the events or judging the windows.
 * usage: StreamsPeer BROKERS TOPIC EVENTS NAME DIR memory|rocksdb at_least_once|exactly_once_v2 each|held
 */
public final class StreamsPeer {
  /** About as often as Touchstone commits. */
  static final long COMMIT_INTERVAL_MS = 1_000;
  private static final String CACHE_BYTES = Long.toString(64L << 20);
  private static final int NANOS_PER_S = 1_000_000_000;
  private static final AtomicLong EVENTS = new AtomicLong();
  private static final AtomicLong PRICE_MICROS = new AtomicLong();
  private static final AtomicLong COUNTED = new AtomicLong();

  private StreamsPeer() {}

  static void processed(long priceMicros) {
    PRICE_MICROS.addAndGet(priceMicros);
    EVENTS.incrementAndGet();
  }

  static void counted(long events) {
    COUNTED.addAndGet(events);
  }

  public static void main(String[] args) throws InterruptedException {
    long events = Long.parseLong(args[2]);
    KafkaStreams streams = new KafkaStreams(topology(args[1], args[5], args[7].equals("held")), settings(args));
    long startedNanos = System.nanoTime();
    double startedCpuS = cpuS();
    streams.start();
    long half = awaitEvents(events / 2);
    double halfCpuS = cpuS();
    awaitEvents(events);
    streams.close(Duration.ofSeconds(60));
    double endCpuS = cpuS();
    System.out.printf(
        "{\"events\":%d,\"counted\":%d,\"priceMicros\":%d,\"cpuS\":%s,\"wallS\":%s,\"warm\":{\"events\":%d,\"cpuS\":%s}}%n",
        EVENTS.get(), COUNTED.get(), PRICE_MICROS.get(), endCpuS - startedCpuS,
        (double) (System.nanoTime() - startedNanos) / NANOS_PER_S, events - half, endCpuS - halfCpuS);
    System.exit(0);
  }

  private static Topology topology(String topic, String kind, boolean holds) {
    KeyValueBytesStoreSupplier supplier = kind.equals("rocksdb")
        ? Stores.persistentKeyValueStore(CellGrower.STORE)
        : Stores.inMemoryKeyValueStore(CellGrower.STORE);
    Topology topology = new Topology();
    topology.addSource("events", topic);
    topology.addProcessor("cells-by-cut", () -> new CellGrower(holds), "events");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(supplier, Serdes.String(), Cell.serde()).withCachingEnabled(), "cells-by-cut");
    return topology;
  }

  private static Properties settings(String[] args) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[3]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args[6]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "2");
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Long.toString(COMMIT_INTERVAL_MS));
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArray().getClass());
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArray().getClass());
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    return settings;
  }

  private static long awaitEvents(long events) throws InterruptedException {
    while (EVENTS.get() < events) Thread.sleep(5);
    return EVENTS.get();
  }

  private static double cpuS() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return (double) system.getProcessCpuTime() / NANOS_PER_S;
  }
}
