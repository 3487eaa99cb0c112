package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The JSON of the bytes of a token. */
public final class TokenPiece {
  private TokenPiece() {}

  /** A string, or an array of byte values where the bytes are no text by themselves. */
  public static JsonNode json(byte[] bytes) {
    try {
      return JsonNodeFactory.instance.textNode(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException partOfACharacter) {
      ArrayNode values = JsonNodeFactory.instance.arrayNode();
      for (byte value : bytes) {
        values.add(value & 0xFF);
      }
      return values;
    }
  }
}
