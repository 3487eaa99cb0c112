package dev.lanewise.server.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The answer to a request for embeddings.
 *
 * @param vectors one for each text of the request
 */
record EmbeddingAnswer(EmbeddingRequest request, List<float[]> vectors) {
  /** Writes it piece by piece: as a tree, millions of numbers would fill the heap. */
  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("object", "list");
    json.writeArrayFieldStart("data");
    for (int i = 0; i < vectors.size(); i++) {
      json.writeStartObject();
      json.writeStringField("object", "embedding");
      json.writeNumberField("index", i);
      json.writeFieldName("embedding");
      write(json, vectors.get(i));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeStringField("model", request.model());
    json.writeObjectFieldStart("usage");
    json.writeNumberField("prompt_tokens", request.tokens());
    json.writeNumberField("total_tokens", request.tokens());
    json.writeEndObject();
    json.writeEndObject();
  }

  private void write(JsonGenerator json, float[] vector) throws IOException {
    if (request.base64()) {
      ByteBuffer bytes =
          ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(vector);
      json.writeBinary(bytes.array());
      return;
    }
    json.writeStartArray();
    for (float element : vector) {
      json.writeNumber(element);
    }
    json.writeEndArray();
  }
}
