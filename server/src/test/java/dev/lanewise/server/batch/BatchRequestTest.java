package dev.lanewise.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.server.openai.ApiError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a line, and what its body is. */
final class BatchRequestTest {
  private static BatchRequest read(byte[] line) throws InvalidLine {
    return BatchRequest.read(new LineReader.Line(1, line, false, true, line.length));
  }

  private static BatchRequest read(String line) throws InvalidLine {
    return read(line.getBytes(UTF_8));
  }

  /** The parser takes long lines in pieces, and characters have one to four bytes. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 3_990, 4_000, 8_000, 33_000, 100_001})
  void aBodyIsWhatStandsInTheLine(int length) throws InvalidLine {
    String body =
        "{ \"é\":[1.50, {\"a\" : \"\uD83E\uDEBF%s\\ud800\"}]}".formatted("ü".repeat(length));
    String rest =
        "\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1\"".formatted("é".repeat(9));
    for (String line :
        new String[] {
          "{\"body\":" + body + "," + rest + "}",
          "{" + rest + ",\"body\":" + body + "}\r",
          "  {" + rest + " , \"body\" :  " + body + " } ",
        }) {
      BatchRequest request = read(line);
      request.check();
      assertEquals(body, new String(request.body(), UTF_8));
      assertEquals("é".repeat(9), request.customId());
      assertEquals("POST", request.method());
      assertEquals("/v1", request.url());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "hello                                   | invalid_json_line | not valid JSON",
        "{'custom_id':'a'                        | invalid_json_line | not valid JSON",
        "{'custom_id':'a'} {}                    | invalid_json_line | more than a JSON object",
        "[]                                      | invalid_json_line | not a JSON object",
        "null                                    | invalid_json_line | not a JSON object",
        "{'custom_id':'a','url':'b','url':'b'}   | invalid_json_line | 'url' twice",
        "{'custom_id':'a','body':{},'body':{}}   | invalid_json_line | 'body' twice",
        "{'custom_id':'a\\ud800'}                | invalid_json_line | surrogate",
        "{'custom_id':'a','\\udc00':1}           | invalid_json_line | surrogate",
        "{}                                      | invalid_custom_id | 'custom_id'",
        "{'custom_id':''}                        | invalid_custom_id | 'custom_id'",
        "{'custom_id':null}                      | invalid_custom_id | 'custom_id'",
        "{'custom_id':5}                         | invalid_custom_id | 'custom_id'",
        "{'custom_id':['a']}                     | invalid_custom_id | 'custom_id'",
      })
  void aLineThatDoesNotSayWhichItIsIsInvalid(String line, String code, String message) {
    InvalidLine invalid = assertThrows(InvalidLine.class, () -> read(line.replace('\'', '"')));
    assertEquals(code, invalid.code());
    assertEquals(true, invalid.getMessage().contains(message), invalid.getMessage());
  }

  @Test
  void bytesThatAreNoUnicodeAreInvalid() {
    byte[] line = "{\"custom_id\":\"a?\"}".getBytes(UTF_8);
    line[line.length - 3] = (byte) 0xff;
    assertEquals("invalid_json_line", assertThrows(InvalidLine.class, () -> read(line)).code());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'url':'/a','body':{}                             | method",
        "'method':null,'url':'/a','body':{}               | method",
        "'method':'POST','body':{}                        | url",
        "'method':'POST','url':['/a'],'body':{}           | url",
        "'method':'POST','url':'/a'                       | body",
        "'method':'POST','url':'/a','body':'{}'           | body",
        "'method':'POST','url':'/a','body':[]             | body",
        "'method':'POST','url':'/a','body':{},'params':{} | params",
      })
  void aFieldThatIsWrongIsNamed(String fields, String param) throws InvalidLine {
    BatchRequest request = read(("{'custom_id':'a'," + fields + "}").replace('\'', '"'));
    ApiError error = assertThrows(ApiError.class, request::check);
    assertEquals(400, error.status());
    assertEquals(param, error.toJson().get("error").get("param").textValue());
  }
}
