import com.clickhouse.jdbc.Driver;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Properties;
import java.util.StringJoiner;

/** Asks a running ClickHouse through its JDBC driver, and tells what it saw as JSON. */
public class Client {
  public static void main(String[] arguments) throws Exception {
    try (Connection reader = open("READER"); Connection admin = open("ADMIN")) {
      String sum;
      try (PreparedStatement query = reader.prepareStatement(System.getenv("JDBC_SUM_SQL"))) {
        query.setString(1, "x1");
        query.setLong(2, 0);
        ResultSet rows = query.executeQuery();
        rows.next();
        sum = Long.toString(rows.getLong(1));
      }
      StringJoiner events = new StringJoiner(",", "[", "]");
      try (ResultSet rows = reader.createStatement().executeQuery(System.getenv("EVENTS_SQL"))) {
        while (rows.next()) events.add(event(rows));
      }
      insert(admin);
      System.out.println("{\"sum\":" + text(sum) + ",\"events\":" + events + ",\"refused\":" + refused(reader) + "}");
    }
  }

  static Connection open(String user) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", System.getenv(user));
    properties.setProperty("password", System.getenv(user + "_PASSWORD"));
    return new Driver().connect("jdbc:clickhouse://127.0.0.1:" + System.getenv("HTTP_PORT") + "/touchstone", properties);
  }

  static String event(ResultSet row) throws SQLException {
    double latency = row.getDouble("latencyMs");
    String latencyText = row.wasNull() ? "null" : Double.toString(latency);
    boolean filled = row.getBoolean("filled");
    String filledText = row.wasNull() ? "null" : Boolean.toString(filled);
    long price = row.getLong("priceMicros");
    String priceText = row.wasNull() ? "null" : text(Long.toString(price));
    long timeMs = row.getObject("time", OffsetDateTime.class).toInstant().toEpochMilli();
    return "{\"offset\":" + row.getLong("offset") + ",\"timeMs\":" + timeMs + ",\"server\":" + text(row.getString("server"))
        + ",\"exchange\":" + text(row.getString("exchange")) + ",\"priceMicros\":" + priceText + ",\"latencyMs\":" + latencyText
        + ",\"filled\":" + filledText + ",\"url\":" + text(row.getString("url")) + ",\"rest\":" + text(row.getString("rest")) + "}";
  }

  static void insert(Connection admin) throws SQLException {
    try (PreparedStatement rows =
        admin.prepareStatement("INSERT INTO touchstone.client_rows (client, id, at, tags, name) VALUES (?, ?, ?, ?, ?)")) {
      for (long id = 0; id < 1000; id++) {
        rows.setString(1, "jdbc");
        rows.setLong(2, id);
        rows.setObject(3, OffsetDateTime.ofInstant(Instant.ofEpochMilli(1780315200000L + id), ZoneOffset.UTC));
        rows.setArray(4, admin.createArrayOf("String", new String[] {"a", "b"}));
        rows.setString(5, id % 2 == 0 ? "n\u00e4me " + id : null);
        rows.addBatch();
      }
      rows.executeBatch();
    }
  }

  static int refused(Connection reader) {
    try {
      reader.createStatement().executeUpdate("INSERT INTO touchstone.client_rows (client, id) SELECT 'jdbc', 1");
      return 0;
    } catch (SQLException error) {
      return error.getErrorCode();
    }
  }

  /** A JSON text, in ASCII. */
  static String text(String value) {
    if (value == null) return "null";
    StringBuilder out = new StringBuilder("\"");
    for (char unit : value.toCharArray()) {
      if (unit == '"' || unit == '\\') out.append('\\').append(unit);
      else if (unit < 0x20 || unit > 0x7e) out.append(String.format("\\u%04x", (int) unit));
      else out.append(unit);
    }
    return out.append('"').toString();
  }
}
