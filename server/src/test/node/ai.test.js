// The AI SDK, with its provider for OpenAI and the one for servers like it, against the server at OPENAI_BASE_URL.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { collect } from "./collect.js";

const name = process.env.LANEWISE_MODEL;
const openai = createOpenAI();
const compatible = createOpenAICompatible({
  name: "lanewise",
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const providers = {
  "@ai-sdk/openai": { chat: (id) => openai.chat(id), embedding: openai.embeddingModel(name) },
  "@ai-sdk/openai, with responses": { chat: (id) => openai.responses(id), embedding: openai.embeddingModel(name) },
  "@ai-sdk/openai-compatible": { chat: (id) => compatible(id), embedding: compatible.embeddingModel(name) },
};

for (const [provider, { chat, embedding }] of Object.entries(providers)) {
  describe(provider, () => {
    const settings = {
      model: chat(name),
      temperature: 0,
      maxRetries: 0,
      providerOptions: { openai: { parallelToolCalls: false }, lanewise: { parallel_tool_calls: false } },
    };
    const question = { ...settings, prompt: "What is the capital of France?" };
    const answer = "The capital of France is Paris.";

    test("answers a question", async () => {
      const result = await generateText(question);
      assert.equal(result.text, answer);
      assert.equal(result.finishReason, "stop");
      assert.equal(result.usage.outputTokens, 7);
    });

    test("streams an answer", async () => {
      const result = streamText(question);
      const pieces = await collect(result.textStream);
      assert.equal(pieces.join(""), answer);
      assert.ok(pieces.length > 4, "the text came in pieces");
      assert.equal((await result.usage).outputTokens, 7);
    });

    test("runs a tool and answers with its result", async () => {
      const asked = [];
      const weather = tool({
        description: "Tells the weather in a city",
        inputSchema: z.object({ city: z.enum(["Paris", "Rome"]) }),
        execute: ({ city }) => {
          asked.push(city);
          return "sunny";
        },
      });
      const result = await generateText({
        ...settings,
        prompt: "How is the weather in Rome?",
        tools: { weather },
        prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" }),
        stopWhen: stepCountIs(2),
        maxOutputTokens: 100,
      });
      assert.equal(asked.length, 1);
      assert.equal(result.steps[0].finishReason, "tool-calls");
      assert.equal(result.steps[0].toolResults[0].output, "sunny");
      assert.equal(result.steps.length, 2);
      assert.ok(result.text.length > 0);
    });

    test("answers with an object of a schema", async () => {
      const schema = z.object({ city: z.enum(["Paris", "Rome"]), capital: z.boolean() });
      const result = await generateText({
        ...settings,
        prompt: "Paris is the capital of France.",
        output: Output.object({ schema }),
      });
      assert.equal(result.output.city, "Paris");
    });

    test("makes vectors of texts", async () => {
      const { embeddings } = await embedMany({ model: embedding, values: ["One", "Two three"] });
      assert.equal(embeddings.length, 2);
      const squares = embeddings[1].reduce((sum, x) => sum + x * x, 0);
      assert.ok(Math.abs(squares - 1) < 1e-5, `length ${squares}`);
    });

    test("throws errors with their fields", async () => {
      await assert.rejects(generateText({ ...question, model: chat("other") }), (error) => {
        assert.ok(APICallError.isInstance(error));
        assert.equal(error.statusCode, 404);
        assert.equal(error.data.error.code, "model_not_found");
        assert.equal(error.isRetryable, false);
        return true;
      });
    });

    test("leaves a stream in the middle", async () => {
      const leaving = new AbortController();
      const result = streamText({
        ...settings,
        prompt: "Tell a very long story.",
        abortSignal: leaving.signal,
      });
      const parts = [];
      for await (const part of result.fullStream) {
        parts.push(part.type);
        if (part.type === "text-delta") {
          leaving.abort();
        }
      }
      assert.equal(parts.at(-1), "abort");
    });
  });
}
