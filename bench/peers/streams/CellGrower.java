import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Grows the cells of one partition by all cuts, in the partition's own store: nothing goes through a repartition topic.
 * Either each event goes through the store, as aggregate() does it, or cells are held in a map and written once before each commit.
 */
final class CellGrower implements Processor<byte[], byte[], Void, Void> {
  static final String STORE = "cells";
  private static final long WINDOW_MS = 60_000;
  private static final Duration COMMIT_INTERVAL = Duration.ofMillis(StreamsPeer.COMMIT_INTERVAL_MS);

  private final boolean holds;
  private final Map<String, Cell> held = new HashMap<>();
  private final Map<String, Cell> touched = new HashMap<>();
  private KeyValueStore<String, Cell> store;

  CellGrower(boolean holds) {
    this.holds = holds;
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    store = context.getStateStore(STORE);
    if (!holds) return;
    context.schedule(COMMIT_INTERVAL, PunctuationType.WALL_CLOCK_TIME, now -> {
      write();
      context.commit();
    });
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Event event = Event.read(record.value());
    String window = Long.toString(event.timeMs / WINDOW_MS);
    grow(window + "|", event);
    grow(window + "|exchange|" + event.exchange, event);
    grow(window + "|device|" + event.device, event);
    grow(window + "|country|" + event.country, event);
    grow(window + "|exchange,device|" + event.exchange + "|" + event.device, event);
    StreamsPeer.processed(event.priceMicros);
  }

  private void grow(String key, Event event) {
    if (holds) {
      Cell cell = held.get(key);
      if (cell == null) {
        cell = store.get(key);
        if (cell == null) cell = new Cell();
        held.put(key, cell);
      }
      cell.add(event);
      touched.put(key, cell);
      return;
    }
    Cell cell = store.get(key);
    if (cell == null) cell = new Cell();
    cell.add(event);
    store.put(key, cell);
  }

  private void write() {
    touched.forEach(store::put);
    touched.clear();
  }

  /** Counts what is in the store by the cut without dimensions, so that nobody is told a rate of events that were not counted. */
  @Override
  public void close() {
    write();
    try (KeyValueIterator<String, Cell> cells = store.all()) {
      cells.forEachRemaining(entry -> {
        if (entry.key.endsWith("|") && entry.key.indexOf('|') == entry.key.length() - 1)
          StreamsPeer.counted(entry.value.count);
      });
    }
  }
}
