"""Holds the official client of OpenAI for Python against the server at OPENAI_BASE_URL.

Runs every check below, prints `passed: NAME` for each, and ends with a status other than 0 if one
fails. Run by `python.rs`, which knows the names and the script that is served.
"""

import json
import math
import sys
import traceback

import openai
from pydantic import BaseModel

KEY = "right"
MODEL = "gpt-example"
client = openai.OpenAI(api_key=KEY, max_retries=0, timeout=60)

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def user(text):
    return {"role": "user", "content": text}


def ask(messages, **more):
    if isinstance(messages, str):
        messages = [user(messages)]
    return client.chat.completions.create(model=MODEL, messages=messages, **more)


def fails(expected, call):
    """The error of that very class which the call fails with."""
    try:
        call()
    except openai.APIError as error:
        assert type(error) is expected, repr(error)
        return error
    raise AssertionError(f"no {expected.__name__}")


def chat():
    reply = ask("Say hello.", temperature=0.2, max_completion_tokens=20, seed=7)
    assert reply.object == "chat.completion"
    assert reply.model == MODEL
    [choice] = reply.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "Hello, world.")
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)
    usage = reply.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (9, 3, 12)
    assert ask("Say hello.").model_dump() == ask("Say hello.").model_dump()


def content_in_parts():
    parts = [{"type": "text", "text": "Say "}, {"type": "text", "text": "hello."}]
    reply = ask([{"role": "developer", "content": "Be brief."}, user(parts)])
    assert reply.choices[0].message.content == "Hello, world."


def tools_in_two_rounds():
    messages = [user("How is the weather in Kyiv?")]
    first = ask(messages, tools=[WEATHER], tool_choice="auto").choices[0]
    assert (first.finish_reason, first.message.content) == ("tool_calls", None)
    [call] = first.message.tool_calls
    assert (call.type, call.function.name) == ("function", "weather")
    assert json.loads(call.function.arguments) == {"city": "Kyiv"}
    messages.append(first.message)
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "12 degrees"})
    second = ask(messages, tools=[WEATHER]).choices[0]
    assert (second.finish_reason, second.message.content) == ("stop", "12 degrees in Kyiv.")


def streamed_text():
    chunks = list(ask("Say hello.", stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({chunk.id for chunk in chunks}) == 1
    *said, last = chunks
    words = [chunk.choices[0].delta.content for chunk in said]
    assert [word for word in words if word] == ["Hello, ", "world."]
    assert [chunk.choices[0].finish_reason for chunk in said][-1] == "stop"
    assert all(chunk.usage is None for chunk in said)
    assert (last.choices, last.usage.total_tokens) == ([], 12)


def parallel_tools_in_a_stream():
    with client.chat.completions.stream(
        model=MODEL, messages=[user("Compare two cities.")], tools=[WEATHER]
    ) as stream:
        events = [event.type for event in stream]
        whole = stream.get_final_completion().choices[0]
    assert whole.finish_reason == "tool_calls"
    calls = whole.message.tool_calls
    cities = [json.loads(call.function.arguments)["city"] for call in calls]
    assert [call.function.name for call in calls] == ["weather", "weather"]
    assert (cities, len({call.id for call in calls})) == (["Kyiv", "Lviv"], 2)
    assert events.count("tool_calls.function.arguments.done") == 2, events


class Verdict(BaseModel):
    approve: bool
    remarks: list[str]


def typed_answer():
    reply = client.chat.completions.parse(
        model=MODEL, messages=[user("Judge the diff.")], response_format=Verdict
    )
    want = Verdict(approve=True, remarks=["neat"])
    assert reply.choices[0].message.parsed == want
    schema = {"name": "verdict", "strict": True, "schema": Verdict.model_json_schema()}
    plain = ask("Judge the diff.", response_format={"type": "json_schema", "json_schema": schema})
    assert Verdict.model_validate_json(plain.choices[0].message.content) == want


def embeddings():
    texts = ["the cat sat", "The cat, sat!", "stocks fell"]

    def embed(**more):
        reply = client.embeddings.create(model=MODEL, input=texts, dimensions=64, **more)
        assert [one.index for one in reply.data] == [0, 1, 2]
        return [one.embedding for one in reply.data]

    # The client asks for base64 unless it is told otherwise.
    vectors = embed()
    for one, other in zip(vectors, embed(encoding_format="float")):
        assert all(math.isclose(a, b, abs_tol=1e-7) for a, b in zip(one, other, strict=True))
    assert [len(vector) for vector in vectors] == [64, 64, 64]
    cat, again, stocks = vectors
    assert cat == again
    assert sum(a * b for a, b in zip(cat, stocks)) < 0.5
    assert len(client.embeddings.create(model=MODEL, input="x").data[0].embedding) == 1536


def models():
    assert [model.id for model in client.models.list()] == ["scripted"]
    assert client.models.retrieve("scripted").owned_by == "agentflow"


def errors():
    wrong = client.with_options(api_key="wrong")
    error = fails(openai.AuthenticationError, wrong.models.list)
    assert (error.status_code, error.code) == (401, "invalid_api_key")
    error = fails(openai.NotFoundError, lambda: client.models.retrieve("another"))
    assert (error.status_code, error.code) == (404, "model_not_found")
    error = fails(openai.NotFoundError, lambda: client.post("/nothing", cast_to=object))
    assert "there is no `POST /v1/nothing` here" in error.message
    error = fails(openai.NotFoundError, lambda: ask("404"))
    assert (error.type, error.body["message"]) == ("invalid_request_error", "no such model")
    error = fails(openai.RateLimitError, lambda: ask("429"))
    assert (error.code, error.response.headers["retry-after"]) == ("rate_limit_exceeded", "2")
    error = fails(openai.InternalServerError, lambda: ask("500"))
    assert (error.status_code, error.body["message"]) == (500, "out of order")
    error = fails(openai.BadRequestError, lambda: ask("what is in no script"))
    assert error.code == "script_missing"
    error = fails(openai.BadRequestError, lambda: ask([]))
    assert (error.param, error.status_code) == ("messages", 400)


def error_in_the_middle_of_a_stream():
    said = []

    def read():
        for chunk in ask("Break off.", stream=True):
            said.append(chunk.choices[0].delta.content or "")

    error = fails(openai.APIError, read)
    assert ("".join(said), error.message) == ("It was a", "no room")
    assert error.body["code"] == 529
    # Whole, the same is an error of the call.
    assert fails(openai.InternalServerError, lambda: ask("Break off.")).status_code == 529


CHECKS = [
    chat,
    content_in_parts,
    tools_in_two_rounds,
    streamed_text,
    parallel_tools_in_a_stream,
    typed_answer,
    embeddings,
    models,
    errors,
    error_in_the_middle_of_a_stream,
]


def main():
    print(f"openai {openai.__version__}")
    failed = 0
    for check in CHECKS:
        try:
            check()
            print(f"passed: {check.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED: {check.__name__}\n{traceback.format_exc()}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
