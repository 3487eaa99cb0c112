package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.TokenLogprobs;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Tokens and their probabilities as the API spells them. */
final class TokenTexts {
  private final Tokenizer tokenizer;

  TokenTexts(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** An element of {@code logprobs.content} of a chat. */
  ObjectNode describe(TokenLogprobs token) {
    ObjectNode node = describe(token.token(), token.logprob());
    ArrayNode top = node.putArray("top_logprobs");
    for (int i = 0; i < token.topTokens().length; i++) {
      top.add(describe(token.topTokens()[i], token.topLogprobs()[i]));
    }
    return node;
  }

  private ObjectNode describe(int token, float logprob) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("token", new String(tokenizer.pieceOf(token), StandardCharsets.UTF_8))
            .put("logprob", logprob);
    ArrayNode bytes = node.putArray("bytes");
    for (byte b : tokenizer.pieceOf(token)) {
      bytes.add(b & 0xff);
    }
    return node;
  }

  /** The text of a token; if it is no whole characters, its bytes, as {@code bytes:\\xe2\\x80}. */
  String of(int token) {
    byte[] bytes = tokenizer.pieceOf(token);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException partOfACharacter) {
      StringBuilder text = new StringBuilder("bytes:");
      for (byte b : bytes) {
        text.append("\\x%02x".formatted(b & 0xff));
      }
      return text.toString();
    }
  }
}
