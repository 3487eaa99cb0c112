package dev.lanewise.server.openai;

import dev.lanewise.engine.AnswerConstraint;
import dev.lanewise.engine.AnswerDetails;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.engine.grammar.Grammar;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A checked body of {@code POST /v1/chat/completions}.
 *
 * @param logprobs how many likeliest tokens to tell; empty to tell nothing
 */
record ChatRequest(AnswerOptions options, Conversation conversation, OptionalInt logprobs)
    implements Question {
  /** Most of the likeliest tokens that can be told. */
  static final int MOST_LOGPROBS = 20;

  ChatRequest {
    if (conversation.tools().any() && !(options.format() instanceof AnswerFormat.Text)) {
      throw ApiError.unsupported(
          "tools",
          "'tools' cannot be together with a format of the answer; leave one of them out.");
    }
  }

  static ChatRequest read(byte[] body, Sampling sampling) {
    RequestFields fields = RequestFields.parse(body);
    Conversation conversation = Conversation.read(fields);
    OptionalInt older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    OptionalInt newer = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    AnswerOptions options =
        AnswerOptions.read(
            fields, newer.isPresent() ? newer : older, AnswerFormat.read(fields), sampling);
    return new ChatRequest(options, conversation, logprobs(fields));
  }

  private static OptionalInt logprobs(RequestFields fields) {
    OptionalInt top = fields.integer("top_logprobs", 0, MOST_LOGPROBS);
    if (fields.flag("logprobs", false)) {
      return OptionalInt.of(top.orElse(0));
    }
    if (top.orElse(0) > 0) {
      throw ApiError.invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true.");
    }
    return OptionalInt.empty();
  }

  @Override
  public List<GenerationRequest> requests(Engine engine, Caller caller) {
    int[] prompt = conversation.encode(engine.prompts());
    Optional<AnswerConstraint> constraint =
        conversation.tools().any()
            ? calls(engine, prompt)
            : FormatGrammar.of(options.format())
                .map(grammar -> behindReasoning(grammar, engine, prompt));
    return options.requests(
        marked(prompt, engine),
        options.n(),
        constraint,
        new AnswerDetails(logprobs, false, marks(engine.tokenizer())),
        caller);
  }

  private Optional<AnswerConstraint> calls(Engine engine, int[] prompt) {
    Tools tools = conversation.tools();
    ToolSyntax syntax = conversation.syntax(engine.prompts()).orElseThrow();
    if (opensByToken(engine).isPresent()) {
      return Optional.of(constraint(ToolGrammar.behindMark(tools, syntax), engine));
    }
    if (tools.required()) {
      return Optional.of(behindReasoning(ToolGrammar.ofCalls(tools, syntax), engine, prompt));
    }
    if (syntax.mayBeBare()) {
      return Optional.of(behindReasoning(ToolGrammar.callOrText(tools, syntax), engine, prompt));
    }
    return Optional.of(
        new AnswerConstraint(
            engine.constraint(ToolGrammar.behindMark(tools, syntax)), Optional.of(syntax.open())));
  }

  private static AnswerConstraint constraint(Grammar grammar, Engine engine) {
    return new AnswerConstraint(engine.constraint(grammar), Optional.empty());
  }

  /** If the prompt has begun a block of reasoning, the constraint holds behind it. */
  private static AnswerConstraint behindReasoning(Grammar grammar, Engine engine, int[] prompt) {
    boolean reasons = AnswerParts.end(prompt, engine.tokenizer()).endsWith(ReasoningSplitter.OPEN);
    return new AnswerConstraint(
        engine.constraint(reasons ? FormatGrammar.afterSpace(grammar) : grammar),
        reasons ? Optional.of(ReasoningSplitter.CLOSE) : Optional.empty());
  }

  /**
   * The control token that opens calls, where the answer must be a call: constraints are about text
   * and cannot ask for it, so the prompt ends with it.
   */
  private OptionalInt opensByToken(Engine engine) {
    Optional<ToolSyntax> syntax = conversation.syntax(engine.prompts());
    boolean required = conversation.tools().required();
    return required && syntax.isPresent() && !syntax.get().mayBeBare()
        ? engine.tokenizer().controlToken(syntax.get().open())
        : OptionalInt.empty();
  }

  private int[] marked(int[] prompt, Engine engine) {
    OptionalInt mark = opensByToken(engine);
    if (mark.isEmpty()) {
      return prompt;
    }
    int[] marked = Arrays.copyOf(prompt, prompt.length + 1);
    marked[prompt.length] = mark.getAsInt();
    return marked;
  }

  /** Control tokens by which models mark the parts of an answer. */
  private Set<Integer> marks(Tokenizer tokenizer) {
    Stream<String> calls =
        conversation.tools().any()
            ? Arrays.stream(ToolSyntax.values())
                .flatMap(syntax -> Stream.of(syntax.open(), syntax.close()))
            : Stream.empty();
    return Stream.concat(Stream.of(ReasoningSplitter.OPEN, ReasoningSplitter.CLOSE), calls)
        .flatMapToInt(mark -> tokenizer.controlToken(mark).stream())
        .boxed()
        .collect(Collectors.toSet());
  }

  @Override
  public AnswerShape shape(Engine engine, List<GenerationRequest> requests, String model) {
    int[] prompt = requests.getFirst().prompt();
    return new ChatShape(this, () -> parts(engine, prompt), engine.tokenizer(), model);
  }

  /** What tells the parts of an answer to a prompt apart. */
  AnswerParts parts(Engine engine, int[] prompt) {
    Optional<ToolCallParser.Start> calls =
        conversation
            .syntax(engine.prompts())
            .map(syntax -> new ToolCallParser.Start(syntax, opensByToken(engine).isPresent()));
    return new AnswerParts(AnswerParts.end(prompt, engine.tokenizer()), calls);
  }
}
