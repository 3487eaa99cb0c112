// The npm package "openai" against the server at OPENAI_BASE_URL, where the package looks for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { collect } from "./collect.js";

const client = new OpenAI({ maxRetries: 0 });
const model = process.env.LANEWISE_MODEL;
const ask = (content) => ({ model, temperature: 0, messages: [{ role: "user", content }] });
const question = ask("What is the capital of France?");
const answer = "The capital of France is Paris.";

const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "Tells the weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string", enum: ["Paris", "Rome"] } },
      required: ["city"],
      additionalProperties: false,
    },
    strict: true,
  },
};

const mustCall = { tools: [weather], tool_choice: "required", parallel_tool_calls: false };

test("answers a question", async () => {
  const completion = await client.chat.completions.create(question);
  assert.equal(completion.choices[0].message.content, answer);
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.equal(completion.usage.completion_tokens, 7);
  assert.ok(completion._request_id);
});

test("streams an answer", async () => {
  const stream = await client.chat.completions.create({
    ...question,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await collect(stream);
  const pieces = chunks.flatMap((chunk) => chunk.choices).map((choice) => choice.delta.content ?? "");
  assert.equal(pieces.join(""), answer);
  assert.ok(pieces.length > 4, "the text came in pieces");
  assert.equal(chunks.at(-1).usage.completion_tokens, 7);
});

test("answers and streams as responses", async () => {
  const asked = { model, temperature: 0, input: "What is the capital of France?" };
  const response = await client.responses.create(asked);
  assert.equal(response.output_text, answer);
  assert.equal(response.usage.output_tokens, 7);
  const stream = client.responses.stream(asked);
  const pieces = (await collect(stream)).filter((event) => event.type === "response.output_text.delta");
  assert.equal(pieces.map((event) => event.delta).join(""), answer);
  assert.equal((await stream.finalResponse()).output_text, answer);
});

test("calls a tool and answers with its result as responses", async () => {
  const tool = { type: "function", ...weather.function };
  const input = [{ role: "user", content: "How is the weather in Rome?" }];
  const asked = { model, temperature: 0, tools: [tool], parallel_tool_calls: false };
  const called = await client.responses.create({ ...asked, input, tool_choice: "required" });
  const [call] = called.output;
  assert.equal(call.name, "weather");
  assert.ok(["Paris", "Rome"].includes(JSON.parse(call.arguments).city));
  input.push(...called.output, { type: "function_call_output", call_id: call.call_id, output: "sunny" });
  const told = await client.responses.create({ ...asked, input, tool_choice: "none", max_output_tokens: 16 });
  assert.equal(told.output[0].type, "message");
});

test("puts a stream with a call together", async () => {
  const completion = await client.chat.completions
    .stream({ ...ask("How is the weather in Rome?"), ...mustCall })
    .finalChatCompletion();
  assert.equal(completion.choices[0].finish_reason, "tool_calls");
  const [call] = completion.choices[0].message.tool_calls;
  assert.equal(call.function.name, "weather");
  assert.ok(["Paris", "Rome"].includes(JSON.parse(call.function.arguments).city));
});

test("runs the tool that is called", async () => {
  const asked = [];
  const run = ({ city }) => {
    asked.push(city);
    return "sunny";
  };
  const runner = client.chat.completions.runTools({
    ...ask("How is the weather in Rome?"),
    tool_choice: { type: "function", function: { name: "weather" } },
    tools: [{ ...weather, function: { ...weather.function, parse: JSON.parse, function: run } }],
  });
  await runner.done();
  assert.equal(asked.length, 1);
  assert.ok(["Paris", "Rome"].includes(asked[0]));
});

test("goes on with the result of a tool", async () => {
  const asking = ask("How is the weather in Rome?");
  const called = await client.chat.completions.create({ ...asking, ...mustCall });
  const { message } = called.choices[0];
  const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "sunny" };
  const completion = await client.chat.completions.create({
    ...asking,
    messages: [...asking.messages, message, result],
    tools: [weather],
    tool_choice: "none",
    max_tokens: 50,
  });
  assert.ok(completion.choices[0].message.content);
});

test("answers with an object of a schema", async () => {
  const Place = z.object({ city: z.enum(["Paris", "Rome"]), capital: z.boolean() });
  const completion = await client.chat.completions.parse({
    ...ask("Paris is the capital of France."),
    response_format: zodResponseFormat(Place, "place"),
  });
  assert.equal(completion.choices[0].message.parsed.city, "Paris");
});

test("makes vectors of texts", async () => {
  // Without an encoding_format the package asks for base64 and decodes it.
  const { data } = await client.embeddings.create({ model, input: ["One", "Two three"], dimensions: 16 });
  const floats = await client.embeddings.create({
    model,
    input: "Two three",
    dimensions: 16,
    encoding_format: "float",
  });
  assert.equal(data.length, 2);
  assert.deepEqual(data[1].embedding.map(Math.fround), floats.data[0].embedding.map(Math.fround));
});

test("lists the model", async () => {
  const models = await collect(client.models.list());
  assert.deepEqual(models.map(({ id }) => id), [model]);
});

test("throws errors with their fields", async () => {
  await assert.rejects(client.chat.completions.create({ ...question, temperature: 3 }), (error) => {
    assert.ok(error instanceof BadRequestError);
    assert.equal(error.status, 400);
    assert.equal(error.type, "invalid_request_error");
    assert.equal(error.param, "temperature");
    assert.match(error.message, /'temperature' must be/);
    assert.ok(error.requestID);
    return true;
  });
  await assert.rejects(client.chat.completions.create({ ...question, model: "other" }), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.equal(error.code, "model_not_found");
    return true;
  });
});

test("leaves a stream in the middle", async () => {
  const stream = await client.chat.completions.create({
    ...question,
    stream: true,
    max_tokens: 4000,
    ignore_eos: true,
  });
  let chunks = 0;
  for await (const _ of stream) {
    if (++chunks === 3) {
      stream.controller.abort();
    }
  }
  assert.ok(chunks < 100, `${chunks} chunks`);
});
