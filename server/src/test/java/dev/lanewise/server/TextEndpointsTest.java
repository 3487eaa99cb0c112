package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /tokenize}, {@code /detokenize} and {@code /apply-template} over a real port. */
final class TextEndpointsTest {
  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JsonNode answer(String path, String body) throws Exception {
    HttpResponse<String> response = server.post(path, body);
    assertEquals(200, response.statusCode(), response.body());
    return RunningServer.json(response);
  }

  private static JsonNode tokens(String body) throws Exception {
    return answer("/tokenize", body).get("tokens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{'content':''}                                                ; []",
        "{'content':'Hello, world!'}                                   ; [19556,28,905,17]",
        "{'content':'<|im_end|>'}                                      ; [2]",
        "{'content':'<|im_end|>','parse_special':false}                ; [44,108,306,79,486,108,46]",
        "{'content':'Hello','add_special':true,'model':'test/smollm'}  ; [19556]",
        "{'content':'Hello','with_pieces':true}      ; [{'id':19556,'piece':'Hello'}]",
        "{'content':'<|im_end|>','with_pieces':true} ; [{'id':2,'piece':'<|im_end|>'}]",
      })
  void tokenizesAText(String body, String tokens) throws Exception {
    JsonNode expected = RunningServer.json(tokens.replace('\'', '"'));
    assertEquals(expected, tokens(body.replace('\'', '"')));
  }

  /** A character of several tokens has pieces that are no text, which add up to its bytes. */
  @Test
  void aPieceThatIsNoTextIsAnArrayOfBytes() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int parts = 0;
    for (JsonNode token : tokens("{\"content\":\"\uD83E\uDEBF\",\"with_pieces\":true}")) {
      JsonNode piece = token.get("piece");
      if (piece.isArray()) {
        parts++;
        piece.forEach(value -> bytes.write(value.intValue()));
      } else {
        bytes.writeBytes(piece.textValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    assertTrue(parts > 1);
    assertEquals("\uD83E\uDEBF", bytes.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Hello, world!",
        "<|im_start|>user\nHi<|im_end|>",
        "\u0000 \uD83E\uDEBF é\r\n"
      })
  void detokenizeTurnsTokensBackIntoTheText(String text) throws Exception {
    ObjectNode content = JsonNodeFactory.instance.objectNode().put("content", text);
    ObjectNode ids = JsonNodeFactory.instance.objectNode();
    ids.set("tokens", tokens(content.toString()));
    assertEquals(content, answer("/detokenize", ids.toString()));
  }

  /** The prompt of a chat has the tokens that the chat endpoint counts. */
  @Test
  void applyTemplateGivesThePromptOfAChat() throws Exception {
    String chat =
        "{\"model\":\"test/smollm\",\"max_tokens\":1,\"messages\":["
            + "{\"role\":\"system\",\"content\":\"Be brief.\"},"
            + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]}]}";
    String prompt = answer("/apply-template", chat).get("prompt").textValue();
    assertEquals(
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
        prompt);
    ObjectNode content = JsonNodeFactory.instance.objectNode().put("content", prompt);
    JsonNode usage = answer("/v1/chat/completions", chat).get("usage");
    assertEquals(tokens(content.toString()).size(), usage.get("prompt_tokens").intValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "add_generation_prompt  ; false ; ok<|im_end|>\\n",
        "continue_final_message ; true  ; <|im_start|>assistant\\nok",
      })
  void applyTemplateHonoursWhatMakesThePrompt(String field, boolean value, String end)
      throws Exception {
    String body =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
            + "{\"role\":\"assistant\",\"content\":\"ok\"}],\"%s\":%s}".formatted(field, value);
    String prompt = answer("/apply-template", body).get("prompt").textValue();
    assertTrue(prompt.endsWith(end.replace("\\n", "\n")), prompt);
  }

  @Test
  void applyTemplateNeedsNoModel() throws Exception {
    String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    String prompt = answer("/apply-template", body).get("prompt").textValue();
    assertTrue(prompt.endsWith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"), prompt);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/tokenize       | {}                                    | 400 | content",
        "/tokenize       | []                                    | 400 | ",
        "/tokenize       | {'content':['a']}                     | 400 | content",
        "/tokenize       | {'content':'a','with_piece':true}     | 400 | with_piece",
        "/tokenize       | {'content':'a','add_special':1}       | 400 | add_special",
        "/tokenize       | {'content':'a','model':'other'}       | 404 | model",
        "/detokenize     | {}                                    | 400 | tokens",
        "/detokenize     | {'tokens':5}                          | 400 | tokens",
        "/detokenize     | {'tokens':['a']}                      | 400 | tokens",
        "/detokenize     | {'tokens':[-1]}                       | 400 | tokens",
        "/detokenize     | {'tokens':[49152]}                    | 400 | tokens",
        "/detokenize     | {'tokens':[4294967297]}               | 400 | tokens",
        "/detokenize     | {'token':[1]}                         | 400 | token",
        "/apply-template | {}                                    | 400 | messages",
        "/apply-template | {'messages':[{'role':'user'}]}        | 400 | messages[0].content",
        "/apply-template | {'messages':[],'message':[]}          | 400 | message",
      })
  void namesTheFieldThatIsWrong(String path, String body, int status, String param)
      throws Exception {
    HttpResponse<String> response = server.post(path, body.replace('\'', '"'));
    assertEquals(status, response.statusCode(), response.body());
    JsonNode error = RunningServer.json(response).get("error");
    assertEquals(param, error.get("param").textValue());
    assertEquals("invalid_request_error", error.get("type").textValue());
  }

  @Test
  void anUnknownFieldIsAnsweredWithTheNearestKnownOne() throws Exception {
    String body = server.post("/tokenize", "{\"contents\":\"a\"}").body();
    assertTrue(body.contains("did you mean 'content'?"), body);
  }

  @Test
  void aBodyBeyondTheLimitIsTooLarge() throws Exception {
    String text = "x".repeat(5 << 20);
    for (String path : new String[] {"/tokenize", "/detokenize", "/apply-template"}) {
      assertEquals(413, server.post(path, "{\"content\":\"" + text + "\"}").statusCode(), path);
    }
  }

  @Test
  void aLongTextIsTokenizedWhole() throws Exception {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("content", "word ".repeat(20_000));
    ArrayNode tokens = (ArrayNode) tokens(body.toString());
    assertTrue(tokens.size() > server.engine().contextLength());
  }
}
