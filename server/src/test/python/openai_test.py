"""The Python package "openai" against the server at OPENAI_BASE_URL, where the package looks for it."""

import os
import unittest
from typing import Literal

import openai
from openai import OpenAI
from pydantic import BaseModel

MODEL = os.environ["LANEWISE_MODEL"]
ANSWER = "The capital of France is Paris."


def ask(content):
    return {"model": MODEL, "temperature": 0, "messages": [{"role": "user", "content": content}]}


QUESTION = ask("What is the capital of France?")


class Weather(BaseModel):
    """Tells the weather in a city"""

    city: Literal["Paris", "Rome"]


class Place(BaseModel):
    city: Literal["Paris", "Rome"]
    capital: bool


class OpenAiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = OpenAI(max_retries=0)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()

    def test_answers_a_question(self):
        completion = self.client.chat.completions.create(**QUESTION)
        self.assertEqual(ANSWER, completion.choices[0].message.content)
        self.assertEqual("stop", completion.choices[0].finish_reason)
        self.assertEqual(7, completion.usage.completion_tokens)

    def test_streams_an_answer(self):
        with self.client.chat.completions.create(
            **QUESTION, stream=True, stream_options={"include_usage": True}
        ) as stream:
            chunks = list(stream)
        pieces = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
        self.assertEqual(ANSWER, "".join(pieces))
        self.assertGreater(len(pieces), 4, "the text came in pieces")
        self.assertEqual(7, chunks[-1].usage.completion_tokens)

    def test_answers_and_streams_as_responses(self):
        asked = {"model": MODEL, "temperature": 0, "input": "What is the capital of France?"}
        response = self.client.responses.create(**asked)
        self.assertEqual(ANSWER, response.output_text)
        self.assertEqual(7, response.usage.output_tokens)
        with self.client.responses.stream(**asked) as stream:
            pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
            self.assertEqual(ANSWER, "".join(pieces))
            self.assertEqual(ANSWER, stream.get_final_response().output_text)

    def test_parses_a_response(self):
        response = self.client.responses.parse(
            model=MODEL, temperature=0, input="Is Rome a capital?", text_format=Place
        )
        self.assertIn(response.output_parsed.city, ("Paris", "Rome"))
        again = self.client.responses.create(
            model=MODEL, max_output_tokens=16, input=[*response.output, {"role": "user", "content": "Why?"}]
        )
        self.assertEqual("assistant", again.output[0].role)

    def test_calls_a_tool_and_answers_with_its_result(self):
        conversation = ask("How is the weather in Rome?")
        tools = [openai.pydantic_function_tool(Weather)]
        completion = self.client.chat.completions.parse(
            **conversation, tools=tools, tool_choice="required", parallel_tool_calls=False
        )
        self.assertEqual("tool_calls", completion.choices[0].finish_reason)
        message = completion.choices[0].message
        (call,) = message.tool_calls
        self.assertIsInstance(call.function.parsed_arguments, Weather)

        conversation["messages"] += [
            message,
            {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
        ]
        completion = self.client.chat.completions.create(
            **conversation, tools=tools, tool_choice="none", max_tokens=50
        )
        self.assertTrue(completion.choices[0].message.content)

    def test_puts_a_stream_with_a_call_together(self):
        with self.client.chat.completions.stream(
            **ask("How is the weather in Rome?"),
            tools=[openai.pydantic_function_tool(Weather)],
            tool_choice={"type": "function", "function": {"name": "Weather"}},
        ) as stream:
            completion = stream.get_final_completion()
        self.assertEqual("tool_calls", completion.choices[0].finish_reason)
        for call in completion.choices[0].message.tool_calls:
            self.assertIsInstance(call.function.parsed_arguments, Weather)

    def test_answers_with_an_object_of_a_schema(self):
        completion = self.client.chat.completions.parse(
            **ask("Paris is the capital of France."), response_format=Place
        )
        self.assertEqual("Paris", completion.choices[0].message.parsed.city)

    def test_makes_vectors_of_texts(self):
        # Without an encoding_format the package asks for base64 and decodes it.
        request = {"model": MODEL, "input": ["One", "Two three"], "dimensions": 16}
        vectors = self.client.embeddings.create(**request).data
        floats = self.client.embeddings.create(**request, encoding_format="float").data
        self.assertEqual(2, len(vectors))
        for x, y in zip(vectors[1].embedding, floats[1].embedding, strict=True):
            self.assertAlmostEqual(x, y, 6)

    def test_lists_the_model(self):
        self.assertEqual([MODEL], [model.id for model in self.client.models.list()])

    def test_raises_errors_with_their_fields(self):
        with self.assertRaises(openai.BadRequestError) as raised:
            self.client.chat.completions.create(**{**QUESTION, "temperature": 3})
        self.assertEqual("invalid_request_error", raised.exception.type)
        self.assertEqual("temperature", raised.exception.param)
        self.assertIn("'temperature' must be", raised.exception.message)
        self.assertTrue(raised.exception.request_id)

        with self.assertRaises(openai.NotFoundError) as raised:
            self.client.chat.completions.create(**{**QUESTION, "model": "other"})
        self.assertEqual("model_not_found", raised.exception.code)

    def test_leaves_a_stream_in_the_middle(self):
        with self.client.chat.completions.create(
            **QUESTION, stream=True, max_tokens=4000, extra_body={"ignore_eos": True}
        ) as stream:
            for _, chunk in zip(range(3), stream):
                self.assertIsNone(chunk.choices[0].finish_reason)


if __name__ == "__main__":
    unittest.main()
