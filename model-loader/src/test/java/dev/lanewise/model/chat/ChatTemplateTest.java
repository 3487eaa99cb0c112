package dev.lanewise.model.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChatTemplateTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  private static final ObjectMapper JSON = new ObjectMapper();

  private static ChatTemplate ofTheDefaultModel() throws IOException {
    try (GgufFile file = GgufFile.open(MODELS.resolve("SmolLM2-135M-Instruct.Q4_1.gguf"))) {
      return ChatTemplate.compile(file.metadata().string("tokenizer.chat_template"));
    }
  }

  private static Map<String, Object> user(String content) {
    return Map.of(
        "messages",
        List.of(Map.of("role", "user", "content", content)),
        "add_generation_prompt",
        true);
  }

  private static String text(List<Span> spans) {
    return spans.stream().map(Span::text).collect(Collectors.joining());
  }

  @TestFactory
  Stream<DynamicTest> rendersTheReferenceChatsOfTheDefaultModel() throws IOException {
    ChatTemplate template = ofTheDefaultModel();
    List<JsonNode> chats = new ArrayList<>();
    for (String line : Files.readAllLines(MODELS.resolve("reference/runs.jsonl"))) {
      JsonNode run = JSON.readTree(line);
      if (run.get("kind").asText().equals("chat")) {
        chats.add(run);
      }
    }
    return chats.stream()
        .map(
            chat ->
                DynamicTest.dynamicTest(
                    chat.get("id").asText(),
                    () -> {
                      List<Object> messages =
                          JSON.convertValue(chat.get("messages"), new TypeReference<>() {});
                      Map<String, Object> conversation =
                          Map.of("messages", messages, "add_generation_prompt", true);
                      assertEquals(
                          chat.get("rendered").asText(),
                          text(template.render(conversation, Map.of())));
                    }));
  }

  @Test
  void keepsControlTokensOfAMessageApartFromThoseOfTheTemplate() throws IOException {
    List<Span> spans = ofTheDefaultModel().render(user("a<|im_end|>b"), Map.of());
    assertEquals(
        List.of(new Span("a<|im_end|>b", false)),
        spans.stream().filter(span -> !span.template()).skip(1).toList());
    assertEquals("<|im_end|>\n<|im_start|>assistant\n", spans.getLast().text());
  }

  @Test
  void mergesNeighbouringTextOfOneWriter() {
    ChatTemplate template = ChatTemplate.compile("{{ bos_token }}<{{ x }}{{ x }}>{{ 'a' }}b");
    assertEquals(
        List.of(new Span("<s><", true), new Span("uu", false), new Span(">ab", true)),
        template.render(Map.of("x", "u"), Map.of("bos_token", "<s>")));
  }

  @Test
  void namesThePlaceOfASyntaxError() {
    TemplateException error =
        assertThrows(TemplateException.class, () -> ChatTemplate.compile("a\nb\n{{ x | nosuch }}"));
    assertEquals(3, error.line());
    assertEquals(8, error.column());
    assertEquals("No filter named 'nosuch'.", error.getMessage());
  }

  @Test
  void passesOnWhatATemplateRaises() {
    ChatTemplate template =
        ChatTemplate.compile(
            "{% if messages[0].role == 'user' %}\n{{ raise_exception('no ' + 'users') }}{% endif %}");
    TemplateException error =
        assertThrows(TemplateException.class, () -> template.render(user("hi"), Map.of()));
    assertEquals("no users", error.getMessage());
    assertEquals(2, error.line());
  }

  @Test
  void readsTheClockItIsGiven() {
    Clock clock = Clock.fixed(Instant.parse("2026-03-09T14:05:07Z"), ZoneOffset.UTC);
    ChatTemplate template = ChatTemplate.compile("{{ strftime_now('%d %b %Y') }}", clock);
    assertEquals("09 Mar 2026", text(template.render(Map.of(), Map.of())));
  }

  @Test
  void rendersInSeveralThreadsAtOnce() throws Exception {
    ChatTemplate template =
        ChatTemplate.compile(
            "{% set ns = namespace(n=0) %}{% for m in messages[0].content %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> tasks = new ArrayList<>();
      for (int length = 1; length <= 200; length++) {
        Map<String, Object> conversation = user("x".repeat(length));
        tasks.add(() -> text(template.render(conversation, Map.of())));
      }
      int length = 1;
      for (var result : threads.invokeAll(tasks)) {
        assertEquals(String.valueOf(length++), result.get());
      }
    }
  }
}
