import com.tdunning.math.stats.MergingDigest;
import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** The summaries of one series in one window: count, three sums, a t-digest. */
final class Cell {
  private static final double COMPRESSION = 100;
  /** Values that wait to be merged into the digest: few, since room for them is made anew whenever a cell is read from its bytes. */
  private static final int WAITING = 50;
  private static final int NUMBERS_BYTES = 4 * Long.BYTES;

  long count;
  private long filled;
  private long priceMicros;
  private long floorMicros;
  private MergingDigest latencyMs = new MergingDigest(COMPRESSION, WAITING);

  void add(Event event) {
    count++;
    filled += event.filled;
    priceMicros += event.priceMicros;
    floorMicros += event.floorMicros;
    latencyMs.add(event.latencyMs);
  }

  private static byte[] written(Cell cell) {
    ByteBuffer bytes = ByteBuffer.allocate(NUMBERS_BYTES + cell.latencyMs.smallByteSize());
    bytes.putLong(cell.count).putLong(cell.filled).putLong(cell.priceMicros).putLong(cell.floorMicros);
    cell.latencyMs.asSmallBytes(bytes);
    byte[] whole = new byte[bytes.position()];
    bytes.flip();
    bytes.get(whole);
    return whole;
  }

  private static Cell read(byte[] from) {
    ByteBuffer bytes = ByteBuffer.wrap(from);
    Cell cell = new Cell();
    cell.count = bytes.getLong();
    cell.filled = bytes.getLong();
    cell.priceMicros = bytes.getLong();
    cell.floorMicros = bytes.getLong();
    cell.latencyMs = MergingDigest.fromBytes(bytes);
    return cell;
  }

  static Serde<Cell> serde() {
    Serializer<Cell> serializer = (topic, cell) -> cell == null ? null : written(cell);
    Deserializer<Cell> deserializer = (topic, bytes) -> bytes == null ? null : read(bytes);
    return Serdes.serdeFrom(serializer, deserializer);
  }
}
