package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The official Java SDK, unchanged, against a real port. */
final class OpenAiSdkTest {
  private static RunningServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start();
    client = OpenAIOkHttpClient.builder().baseUrl(server.url("/v1")).apiKey("none").build();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static ChatCompletionCreateParams.Builder question() {
    return ChatCompletionCreateParams.builder()
        .model(RunningServer.MODEL)
        .temperature(0)
        .addUserMessage("What is the capital of France?");
  }

  @Test
  void makesVectorsOfTexts() {
    CreateEmbeddingResponse response =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model(RunningServer.MODEL)
                    .inputOfArrayOfStrings(List.of("One", "Two three"))
                    .dimensions(16)
                    .build());
    assertEquals(2, response.data().size());
    assertEquals(1, response.data().get(1).index());
    List<Float> vector = response.data().get(1).embedding();
    assertEquals(16, vector.size());
    assertEquals(1, vector.stream().mapToDouble(x -> (double) x * x).sum(), 1e-5);
    int tokens =
        server.engine().encodePrompt("One").length
            + server.engine().encodePrompt("Two three").length;
    assertEquals(tokens, response.usage().promptTokens());
  }

  @Test
  void holdsAConversation() {
    ChatCompletion first = client.chat().completions().create(question().build());
    String answer = first.choices().getFirst().message().content().orElseThrow();
    assertTrue(answer.contains("Paris"), answer);
    assertEquals(
        ChatCompletion.Choice.FinishReason.STOP, first.choices().getFirst().finishReason());
    assertEquals(37, first.usage().orElseThrow().promptTokens());

    ChatCompletion second =
        client
            .chat()
            .completions()
            .create(
                question()
                    .addAssistantMessage(answer)
                    .addUserMessage("In which country is that city?")
                    .maxCompletionTokens(30)
                    .build());
    assertTrue(second.choices().getFirst().message().content().orElseThrow().contains("France"));
  }

  @Test
  void streamsTheSameAnswer() {
    String whole =
        client
            .chat()
            .completions()
            .create(question().build())
            .choices()
            .getFirst()
            .message()
            .content()
            .orElseThrow();
    ChatCompletionCreateParams streaming =
        question()
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(streaming)) {
      List<ChatCompletionChunk> chunks = stream.stream().toList();
      StringBuilder text = new StringBuilder();
      for (ChatCompletionChunk chunk : chunks) {
        chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
        assertEquals(chunks.getFirst().id(), chunk.id());
      }
      assertEquals(whole, text.toString());
      assertTrue(chunks.size() > 4, "the text came in pieces");
      assertEquals(7, chunks.getLast().usage().orElseThrow().completionTokens());
    }
  }

  @Test
  void answersAndStreamsAsResponses() {
    ResponseCreateParams question =
        ResponseCreateParams.builder()
            .model(RunningServer.MODEL)
            .temperature(0.0)
            .input("What is the capital of France?")
            .build();
    Response response = client.responses().create(question);
    String text =
        response.output().getFirst().asMessage().content().getFirst().asOutputText().text();
    assertTrue(text.contains("Paris"), text);
    ResponseAccumulator accumulator = ResponseAccumulator.create();
    StringBuilder deltas = new StringBuilder();
    try (StreamResponse<ResponseStreamEvent> stream =
        client.responses().createStreaming(question)) {
      stream.stream()
          .map(accumulator::accumulate)
          .forEach(
              event -> event.outputTextDelta().ifPresent(delta -> deltas.append(delta.delta())));
    }
    assertEquals(text, deltas.toString());
    assertEquals(
        response.usage().orElseThrow().outputTokens(),
        accumulator.response().usage().orElseThrow().outputTokens());
  }

  @Test
  void completesPlainText() {
    Completion completion =
        client
            .completions()
            .create(
                CompletionCreateParams.builder()
                    .model(RunningServer.MODEL)
                    .prompt("The capital of France is")
                    .temperature(0)
                    .maxTokens(3)
                    .build());
    assertTrue(completion.choices().getFirst().text().contains("Paris"));
  }

  @Test
  void listsAndFindsTheModel() {
    assertEquals(RunningServer.MODEL, client.models().list().data().getFirst().id());
    assertEquals(
        "model", client.models().retrieve(RunningServer.MODEL)._object_().asStringOrThrow());
  }

  @Test
  void anUnknownModelIsNotFound() {
    NotFoundException error =
        assertThrows(
            NotFoundException.class,
            () -> client.chat().completions().create(question().model("other").build()));
    assertEquals("model_not_found", error.code().orElseThrow());
  }
}
