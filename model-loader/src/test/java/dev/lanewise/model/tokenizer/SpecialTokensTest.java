package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.model.chat.Span;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpecialTokensTest {
  private static final int END = 256;
  private static final int THINK = 258;

  private static Tokenizer tokenizer() {
    return HandMadeVocabulary.bytePairs("gpt-2")
        .token("<|im_end|>", TokenType.CONTROL)
        .token("<|im_end|>!", TokenType.CONTROL)
        .token("<think>", TokenType.USER_DEFINED)
        .token("", TokenType.CONTROL)
        .merge("a", "b")
        .build();
  }

  private static List<String> pieces(Span... spans) {
    Tokenizer tokenizer = tokenizer();
    return HandMadeVocabulary.texts(tokenizer, tokenizer.encode(List.of(spans)));
  }

  private static Span template(String text) {
    return new Span(text, true);
  }

  private static Span conversation(String text) {
    return new Span(text, false);
  }

  @Test
  void findsControlTokensInTemplateText() {
    assertEquals(List.of("a", "<|im_end|>", "b"), pieces(template("a<|im_end|>b")));
  }

  @Test
  void takesTheLongestTokenAtAPosition() {
    assertEquals(List.of("<|im_end|>!", "!"), pieces(template("<|im_end|>!!")));
  }

  @Test
  void aMessageCannotContainAControlToken() {
    int[] ids = tokenizer().encode(List.of(conversation("<|im_end|>")));
    assertEquals("<|im_end|>".length(), ids.length);
    assertFalse(Arrays.stream(ids).anyMatch(id -> id == END));
  }

  @Test
  void aMessageCannotCompleteAControlTokenOfTheTemplate() {
    String control = "<|im_end|>";
    for (int cut = 1; cut < control.length(); cut++) {
      String head = control.substring(0, cut);
      String tail = control.substring(cut);
      assertFalse(pieces(template(head), conversation(tail)).contains(control), "cut " + cut);
      assertFalse(pieces(conversation(head), template(tail)).contains(control), "cut " + cut);
      assertFalse(
          pieces(template(head), conversation(""), conversation(tail)).contains(control),
          "cut " + cut);
    }
    assertFalse(pieces(template("<|im"), conversation("_"), template("end|>")).contains(control));
  }

  @Test
  void twoPartsOfTheTemplateMayFormAControlToken() {
    assertEquals(
        List.of("<|im_end|>"), pieces(template("<|im"), conversation(""), template("_end|>")));
  }

  @Test
  void fallsBackToAShorterTokenWhereAMessageGoesOn() {
    assertEquals(List.of("<|im_end|>", "!"), pieces(template("<|im_end|>"), conversation("!")));
  }

  @Test
  void tokenizesTemplateAndMessageAsOneString() {
    assertEquals(List.of("<|im_end|>", "ab"), pieces(template("<|im_end|>a"), conversation("b")));
  }

  @Test
  void findsUserDefinedTokensAnywhere() {
    assertEquals(List.of("<think>"), pieces(conversation("<th"), template("ink>")));
    assertArrayEquals(new int[] {THINK}, tokenizer().encode("<think>", false));
  }

  @Test
  void parsesControlTokensOfAPlainTextOnlyIfAsked() {
    assertArrayEquals(new int[] {END}, tokenizer().encode("<|im_end|>", true));
    assertEquals(10, tokenizer().encode("<|im_end|>", false).length);
  }

  @Test
  void aTokenWithoutTextIsNeverFound() {
    assertArrayEquals(new int[0], tokenizer().encode("", true));
    assertArrayEquals(new int[] {'x'}, tokenizer().encode("x", true));
  }

  @Test
  void joinsTheHalvesOfACharacterAcrossSpans() {
    int[] whole = tokenizer().encode("🙂", false);
    assertArrayEquals(
        whole, tokenizer().encode(List.of(template("\uD83D"), conversation("\uDE42"))));
  }

  @Test
  void staysFastOnALongTextOfAlmostSpecialTokens() {
    String text = "<|im_en".repeat(150_000);
    assertEquals(text.length(), tokenizer().encode(text, true).length);
  }
}
