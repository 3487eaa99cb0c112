package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.TokenLogprobs;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** The answers of {@code POST /v1/chat/completions}. */
final class ChatShape implements AnswerShape {
  private final boolean tellsTokens;
  private final Tools tools;
  private final ResponseFields fields;
  private final TokenTexts texts;
  private final Answer[] answers;

  /** What is known of one answer. */
  private static final class Answer {
    final AnswerParts parts;
    final StringBuilder content = new StringBuilder();
    final StringBuilder reasoning = new StringBuilder();
    final List<ToolCall> calls = new ArrayList<>();
    final List<TokenLogprobs> tokens = new ArrayList<>();

    /** How many of {@link #tokens} chunks have told. */
    int told;

    int reasoningTokens;
    Result result;

    Answer(AnswerParts parts) {
      this.parts = parts;
    }

    String finishReason() {
      boolean called = !calls.isEmpty() && result.finish() == FinishReason.STOP;
      return called ? "tool_calls" : ResponseFields.name(result.finish());
    }
  }

  /**
   * A shape without any text.
   *
   * @param parts makes what tells the parts of one answer apart
   */
  ChatShape(ChatRequest request, Supplier<AnswerParts> parts, Tokenizer tokenizer, String model) {
    tellsTokens = request.logprobs().isPresent();
    tools = request.conversation().tools();
    fields = ResponseFields.create("chatcmpl-", model);
    texts = new TokenTexts(tokenizer);
    answers = new Answer[request.options().n()];
    Arrays.setAll(answers, i -> new Answer(parts.get()));
  }

  @Override
  public String id() {
    return fields.id();
  }

  /** They tell the role. */
  @Override
  public List<ObjectNode> opening() {
    List<ObjectNode> chunks = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      ObjectNode chunk = fields.body("chat.completion.chunk");
      ObjectNode choice = choice(chunk, i);
      choice.putObject("delta").put("role", "assistant").put("content", "");
      choice.putNull("logprobs").putNull("finish_reason");
      chunks.add(chunk);
    }
    return chunks;
  }

  @Override
  public List<ObjectNode> text(
      int answer, String text, List<TokenLogprobs> tokens, int tokensRead) {
    Answer to = answers[answer];
    to.tokens.addAll(tokens);
    if (to.parts.isReasoning()) {
      to.reasoningTokens = tokensRead;
    }
    return chunks(answer, to.parts.append(text));
  }

  private List<ObjectNode> chunks(int answer, List<Delta> deltas) {
    Answer to = answers[answer];
    List<ObjectNode> chunks = new ArrayList<>();
    for (Delta delta : deltas) {
      ObjectNode chunk = fields.body("chat.completion.chunk");
      ObjectNode choice = choice(chunk, answer);
      ObjectNode body = choice.putObject("delta");
      switch (delta) {
        case Delta.Content(String text) -> {
          to.content.append(text);
          body.put("content", text);
        }
        case Delta.Reasoning(String text) -> {
          to.reasoning.append(text);
          body.put("reasoning_content", text);
        }
        case Delta.Call(int index, String name) -> {
          ToolCall call = new ToolCall(name, tools.isCustom(name));
          to.calls.add(call);
          call.putBeginning(body.putArray("tool_calls").addObject().put("index", index));
        }
        case Delta.Arguments(int index, String text) -> {
          ObjectNode described = body.putArray("tool_calls").addObject().put("index", index);
          to.calls.get(index).add(text, described);
        }
      }
      putTokens(choice, to, to.told);
      to.told = to.tokens.size();
      choice.putNull("finish_reason");
      chunks.add(chunk);
    }
    return chunks;
  }

  @Override
  public List<ObjectNode> end(int answer, Result result, List<TokenLogprobs> tokens) {
    Answer to = answers[answer];
    to.tokens.addAll(tokens);
    to.result = result;
    List<ObjectNode> chunks = chunks(answer, to.parts.finish());
    ObjectNode last = fields.body("chat.completion.chunk");
    ObjectNode choice = choice(last, answer);
    choice.putObject("delta");
    putTokens(choice, to, to.told);
    choice.put("finish_reason", to.finishReason());
    if (answers.length == 1) {
      last.set("timings", ResponseFields.timings(result.timings()));
    }
    chunks.add(last);
    return chunks;
  }

  private static ObjectNode choice(ObjectNode body, int index) {
    return body.withArray("choices").addObject().put("index", index);
  }

  /** The tokens from {@code first} on. */
  private void putTokens(ObjectNode choice, Answer answer, int first) {
    if (!tellsTokens || first == answer.tokens.size()) {
      choice.putNull("logprobs");
      return;
    }
    ObjectNode logprobs = choice.putObject("logprobs");
    ArrayNode content = logprobs.putArray("content");
    for (TokenLogprobs token : answer.tokens.subList(first, answer.tokens.size())) {
      content.add(texts.describe(token));
    }
    logprobs.putNull("refusal");
  }

  @Override
  public ObjectNode usage() {
    return fields.usageChunk("chat.completion.chunk", usageOfAll());
  }

  private ObjectNode usageOfAll() {
    List<Result> results = Arrays.stream(answers).map(answer -> answer.result).toList();
    int reasoning = Arrays.stream(answers).mapToInt(answer -> answer.reasoningTokens).sum();
    return ResponseFields.usage(results, answers.length, reasoning);
  }

  @Override
  public ObjectNode whole() {
    ObjectNode body = fields.body("chat.completion");
    body.putArray("choices");
    for (int i = 0; i < answers.length; i++) {
      Answer answer = answers[i];
      ObjectNode choice = choice(body, i);
      ObjectNode message = choice.putObject("message").put("role", "assistant");
      if (answer.content.isEmpty() && !answer.calls.isEmpty()) {
        message.putNull("content");
      } else {
        message.put("content", answer.content.toString());
      }
      if (!answer.reasoning.isEmpty()) {
        message.put("reasoning_content", answer.reasoning.toString());
      }
      for (ToolCall call : answer.calls) {
        call.putWhole(message.withArray("tool_calls").addObject());
      }
      message.putNull("refusal");
      putTokens(choice, answer, 0);
      choice.put("finish_reason", answer.finishReason());
    }
    body.set("usage", usageOfAll());
    if (answers.length == 1) {
      body.set("timings", ResponseFields.timings(answers[0].result.timings()));
    }
    return body;
  }
}
