import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** What the cuts ask of an ad event. Read token by token: binding to objects costs more. */
final class Event {
  private static final JsonFactory JSON = new JsonFactory();

  long timeMs;
  String exchange = "";
  String device = "";
  String country = "";
  long filled;
  long priceMicros;
  long floorMicros;
  double latencyMs;

  static Event read(byte[] bytes) {
    Event event = new Event();
    try (JsonParser parser = JSON.createParser(bytes)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "ts" -> event.timeMs = parser.getLongValue();
          case "exchange" -> event.exchange = parser.getText();
          case "device" -> event.device = parser.getText();
          case "country" -> event.country = parser.getText();
          case "filled" -> event.filled = parser.getLongValue();
          case "priceMicros" -> event.priceMicros = parser.getLongValue();
          case "floorMicros" -> event.floorMicros = parser.getLongValue();
          case "latencyMs" -> event.latencyMs = parser.getDoubleValue();
          default -> parser.skipChildren();
        }
      }
    } catch (IOException error) {
      throw new IllegalArgumentException(error);
    }
    return event;
  }
}
