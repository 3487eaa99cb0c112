package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.TokenLogprobs;
import dev.lanewise.model.tokenizer.Detokenizer;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The answers of {@code POST /v1/completions}. */
final class CompletionShape implements AnswerShape {
  private final CompletionRequest request;
  private final ResponseFields fields;
  private final Tokenizer tokenizer;
  private final TokenTexts texts;
  private final Answer[] answers;

  /** What is known of one answer. */
  private static final class Answer {
    final StringBuilder text = new StringBuilder();
    final List<TokenLogprobs> tokens = new ArrayList<>();
    int offset;
    double logprobs;
    int counted;
    Result result;

    /** The mean logarithm of the probabilities of its tokens. */
    double likelihood() {
      return counted == 0 ? 0 : logprobs / counted;
    }
  }

  /**
   * A shape without any text.
   *
   * @param answers how many there will be, those of a prompt one after the other
   */
  CompletionShape(CompletionRequest request, int answers, Tokenizer tokenizer, String model) {
    this.request = request;
    this.tokenizer = tokenizer;
    fields = ResponseFields.create("cmpl-", model);
    texts = new TokenTexts(tokenizer);
    this.answers = new Answer[answers];
    Arrays.setAll(this.answers, i -> new Answer());
  }

  @Override
  public String id() {
    return fields.id();
  }

  @Override
  public List<ObjectNode> opening() {
    return List.of();
  }

  @Override
  public Optional<ObjectNode> prompt(int answer, List<TokenLogprobs> tokens) {
    if (!request.echo()) {
      return Optional.empty();
    }
    return Optional.of(chunk(answer, promptText(answer), tokens));
  }

  private String promptText(int answer) {
    return switch (request.prompts().get(answer / request.bestOf())) {
      case CompletionRequest.Prompt.Text(String text) -> text;
      case CompletionRequest.Prompt.Tokens(int[] ids) -> {
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
          text.append(detokenizer.append(id));
        }
        yield text.append(detokenizer.finish()).toString();
      }
    };
  }

  @Override
  public List<ObjectNode> text(
      int answer, String text, List<TokenLogprobs> tokens, int tokensRead) {
    return List.of(chunk(answer, text, tokens));
  }

  private ObjectNode chunk(int answer, String text, List<TokenLogprobs> tokens) {
    Answer to = answers[answer];
    to.text.append(text);
    to.tokens.addAll(tokens);
    for (TokenLogprobs token : tokens) {
      to.logprobs += Float.isNaN(token.logprob()) ? 0 : token.logprob();
      to.counted++;
    }
    ObjectNode body = fields.body("text_completion");
    choice(body, answer, text, tokens, to).putNull("finish_reason");
    return body;
  }

  @Override
  public List<ObjectNode> end(int answer, Result result, List<TokenLogprobs> tokens) {
    Answer to = answers[answer];
    to.result = result;
    to.tokens.addAll(tokens);
    ObjectNode body = fields.body("text_completion");
    choice(body, answer, "", tokens, to).put("finish_reason", ResponseFields.name(result.finish()));
    if (answers.length == 1) {
      body.set("timings", ResponseFields.timings(result.timings()));
    }
    return List.of(body);
  }

  private ObjectNode choice(
      ObjectNode body, int index, String text, List<TokenLogprobs> tokens, Answer answer) {
    ObjectNode choice = body.withArray("choices").addObject().put("index", index).put("text", text);
    if (request.logprobs().isEmpty()) {
      choice.putNull("logprobs");
    } else {
      choice.set("logprobs", logprobs(tokens, answer));
    }
    return choice;
  }

  private ObjectNode logprobs(List<TokenLogprobs> described, Answer answer) {
    ObjectNode logprobs = JsonNodeFactory.instance.objectNode();
    ArrayNode tokens = logprobs.putArray("tokens");
    ArrayNode own = logprobs.putArray("token_logprobs");
    ArrayNode top = logprobs.putArray("top_logprobs");
    ArrayNode offsets = logprobs.putArray("text_offset");
    for (TokenLogprobs token : described) {
      String text = texts.of(token.token());
      tokens.add(text);
      offsets.add(answer.offset);
      answer.offset += tokenizer.isControl(token.token()) ? 0 : text.length();
      if (Float.isNaN(token.logprob())) {
        own.addNull();
        top.addNull();
      } else {
        own.add(token.logprob());
        ObjectNode likeliest = top.addObject();
        likeliest.put(text, token.logprob());
        for (int i = 0; i < token.topTokens().length; i++) {
          likeliest.put(texts.of(token.topTokens()[i]), token.topLogprobs()[i]);
        }
      }
    }
    return logprobs;
  }

  @Override
  public ObjectNode usage() {
    return fields.usageChunk("text_completion", usageOfAll());
  }

  private ObjectNode usageOfAll() {
    List<Result> results = Arrays.stream(answers).map(answer -> answer.result).toList();
    return ResponseFields.usage(results, request.bestOf(), 0);
  }

  @Override
  public ObjectNode whole() {
    ObjectNode body = fields.body("text_completion");
    body.putArray("choices");
    int index = 0;
    for (int first = 0; first < answers.length; first += request.bestOf()) {
      for (Answer answer : best(first)) {
        answer.offset = 0;
        choice(body, index++, answer.text.toString(), answer.tokens, answer)
            .put("finish_reason", ResponseFields.name(answer.result.finish()));
      }
    }
    body.set("usage", usageOfAll());
    if (answers.length == 1) {
      body.set("timings", ResponseFields.timings(answers[0].result.timings()));
    }
    return body;
  }

  /** The likeliest answers to the prompt whose first answer is {@code first}. */
  private List<Answer> best(int first) {
    List<Answer> candidates =
        new ArrayList<>(Arrays.asList(answers).subList(first, first + request.bestOf()));
    if (request.bestOf() > request.options().n()) {
      candidates.sort(Comparator.comparingDouble(answer -> -answer.likelihood()));
    }
    return candidates.subList(0, request.options().n());
  }
}
