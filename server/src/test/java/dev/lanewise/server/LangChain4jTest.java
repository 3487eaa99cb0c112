package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** LangChain4j, unchanged, against a real port. */
final class LangChain4jTest {
  private static final String QUESTION = "What is the capital of France?";
  private static final String ANSWER = "The capital of France is Paris.";

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static OpenAiChatModel.OpenAiChatModelBuilder model() {
    return OpenAiChatModel.builder()
        .baseUrl(server.url("/v1"))
        .apiKey("none")
        .modelName(RunningServer.MODEL)
        .temperature(0.0)
        .maxRetries(0);
  }

  @Test
  void answersAQuestion() {
    ChatResponse response = model().build().chat(UserMessage.from(QUESTION));
    assertEquals(ANSWER, response.aiMessage().text());
    assertEquals(FinishReason.STOP, response.finishReason());
    assertEquals(37, response.tokenUsage().inputTokenCount());
    assertEquals(7, response.tokenUsage().outputTokenCount());
  }

  @Test
  void streamsAnAnswer() {
    OpenAiStreamingChatModel model =
        OpenAiStreamingChatModel.builder()
            .baseUrl(server.url("/v1"))
            .apiKey("none")
            .modelName(RunningServer.MODEL)
            .temperature(0.0)
            .build();
    List<String> pieces = new ArrayList<>();
    CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
    model.chat(
        QUESTION,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            pieces.add(piece);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            complete.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            complete.completeExceptionally(error);
          }
        });
    ChatResponse response = complete.join();
    assertEquals(ANSWER, response.aiMessage().text());
    assertEquals(ANSWER, String.join("", pieces));
    assertTrue(pieces.size() > 4, "the text came in pieces");
    assertEquals(FinishReason.STOP, response.finishReason());
    assertEquals(7, response.tokenUsage().outputTokenCount());
  }

  enum City {
    PARIS,
    ROME
  }

  static final class Weather {
    private final List<City> asked = new ArrayList<>();

    @Tool("Tells the temperature in a city")
    String temperature(@P("the city") City city) {
      asked.add(city);
      return "It is 31 degrees.";
    }
  }

  private interface Forecaster {
    Result<String> ask(String question);
  }

  /** The first answer must be a call, and the one after the tool's result a text. */
  private static ChatRequest withToolChoice(ChatRequest request) {
    ChatMessage last = request.messages().getLast();
    ToolChoice choice =
        last instanceof ToolExecutionResultMessage ? ToolChoice.NONE : ToolChoice.REQUIRED;
    return request.toBuilder()
        .parameters(
            request
                .parameters()
                .overrideWith(ChatRequestParameters.builder().toolChoice(choice).build()))
        .build();
  }

  @Test
  void aServiceCallsItsToolAndAnswers() {
    Weather weather = new Weather();
    Forecaster forecaster =
        AiServices.builder(Forecaster.class)
            .chatModel(model().parallelToolCalls(false).maxTokens(100).build())
            .tools(weather)
            .chatRequestTransformer(LangChain4jTest::withToolChoice)
            .build();
    Result<String> result = forecaster.ask("How warm is it in Rome?");
    assertEquals(1, weather.asked.size());
    assertNotNull(weather.asked.getFirst());
    assertEquals("It is 31 degrees.", result.toolExecutions().getFirst().result());
    assertFalse(result.content().isBlank());
  }

  private record Place(City city, boolean capital, int inhabitants) {}

  private interface Reader {
    Place read(String text);
  }

  @Test
  void aServiceAnswersWithAJavaRecord() {
    OpenAiChatModel model =
        model()
            .supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
            .strictJsonSchema(true)
            .build();
    Place place = AiServices.create(Reader.class, model).read("Paris is the capital of France.");
    assertEquals(City.PARIS, place.city());
  }

  @Test
  void makesVectorsOfTexts() {
    OpenAiEmbeddingModel model =
        OpenAiEmbeddingModel.builder()
            .baseUrl(server.url("/v1"))
            .apiKey("none")
            .modelName(RunningServer.MODEL)
            .dimensions(16)
            .build();
    Response<List<Embedding>> response =
        model.embedAll(List.of(TextSegment.from("One"), TextSegment.from("Two three")));
    assertEquals(2, response.content().size());
    Embedding second = response.content().get(1);
    assertEquals(16, second.dimension());
    double squares = 0;
    for (double x : second.vector()) {
      squares += x * x;
    }
    assertEquals(1, squares, 1e-5);
  }

  @Test
  void anUnknownModelIsNotFound() {
    OpenAiChatModel other = model().modelName("other").build();
    ModelNotFoundException error =
        assertThrows(ModelNotFoundException.class, () -> other.chat(QUESTION));
    assertTrue(error.getMessage().contains("model_not_found"), error.getMessage());
  }
}
