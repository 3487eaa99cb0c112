package dev.lanewise.server.openai;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.engine.Prompts;
import dev.lanewise.model.chat.ChatTemplate;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.stream.Collectors;

/**
 * Finds out how a chat template has calls of tools written, by having it write one: a model was
 * trained to write its own calls as it sees earlier ones. A template that leaves out the tool, the
 * call or its result, or writes calls in a form that is none of {@link ToolSyntax}, counts as one
 * that knows no tools.
 */
final class SyntaxProbe {
  private static final String DESCRIPTION = "a-sample-of-a-description";
  private static final String RESULT = "a-sample-of-a-result";
  private static final String NAME = "sample_name";
  private static final Map<String, Object> ARGUMENTS = Map.of("sample_key", "sample_value");

  private static final Map<ChatTemplate, Optional<ToolSyntax>> KNOWN =
      Collections.synchronizedMap(new WeakHashMap<>());

  private SyntaxProbe() {}

  /** How calls are written for the model; empty if its template knows none. */
  static Optional<ToolSyntax> syntax(Prompts prompts) {
    return prompts
        .template()
        .flatMap(template -> KNOWN.computeIfAbsent(template, fresh -> probe(prompts)));
  }

  private static Optional<ToolSyntax> probe(Prompts prompts) {
    String prompt;
    try {
      prompt =
          prompts.render(conversation()).stream()
              .map(span -> span.text().replaceAll("\\s", ""))
              .collect(Collectors.joining());
    } catch (InvalidRequest refused) {
      return Optional.empty();
    }
    return prompt.contains(DESCRIPTION) && prompt.contains(RESULT)
        ? Arrays.stream(ToolSyntax.values())
            .filter(syntax -> prompt.contains(sample(syntax)))
            .findFirst()
        : Optional.empty();
  }

  /** The call in a syntax, without white space and as far as all templates of the family agree. */
  private static String sample(ToolSyntax syntax) {
    return switch (syntax) {
      case HERMES -> syntax.open() + call("arguments") + "}" + syntax.close();
      case MISTRAL -> syntax.open() + "[" + call("arguments");
      case LLAMA -> call("parameters") + "}";
    };
  }

  private static String call(String arguments) {
    return "{\"name\":\"%s\",\"%s\":%s"
        .formatted(NAME, arguments, PlainJson.text(ARGUMENTS).replace(" ", ""));
  }

  private static Map<String, Object> conversation() {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", NAME);
    function.put("description", DESCRIPTION);
    function.put("parameters", Map.of("type", "object", "properties", Map.of()));
    Map<String, Object> called = new LinkedHashMap<>();
    called.put("name", NAME);
    called.put("arguments", ARGUMENTS);
    String id = "abcdefghi"; // Mistral's have nine letters or digits
    return Map.of(
        "tools",
        List.of(Map.of("type", "function", "function", function)),
        "messages",
        List.of(
            Map.of("role", "user", "content", "?"),
            Map.of(
                "role",
                "assistant",
                "content",
                "",
                "tool_calls",
                List.of(Map.of("id", id, "type", "function", "function", called))),
            Map.of("role", "tool", "content", RESULT, "tool_call_id", id)),
        "add_generation_prompt",
        true);
  }
}
