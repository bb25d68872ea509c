"""The transformers adapter on a tiny model with random weights that the test makes. Skipped without torch."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

torch = pytest.importorskip("torch", reason="extra `transformers` is not installed")
transformers = pytest.importorskip("transformers", reason="extra `transformers` is not installed")
tokenizers = pytest.importorskip("tokenizers", reason="extra `transformers` is not installed")

from router.dispatch.port import ConnectFailed  # noqa: E402  (after the skips)
from router.dispatch.transformers_model import load_model  # noqa: E402
from router.dispatch.transformers_upstream import TransformersUpstream  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers themselves

from tests.dispatch.embedded.tiny import CONTEXT, text_model  # noqa: E402

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_model(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture
async def upstream() -> AsyncIterator[TransformersUpstream]:
    adapter = TransformersUpstream()
    yield adapter
    await adapter.aclose()


@pytest.fixture
def ask(upstream: TransformersUpstream, weights: Path, make_endpoint: Make, make_call: Make) -> Make:
    async def send(content: Any = "the quick brown", places: int = 1, **fields: Any) -> Any:
        endpoint = make_endpoint(
            target=str(weights), context=CONTEXT, upstream_model="tiny", max_concurrency=places
        )
        return await upstream.call(make_call(endpoint, content, **fields))

    return send


async def _body(reply: Any) -> dict[str, Any]:
    body = orjson.loads(await reply.read())
    assert isinstance(body, dict)
    return body


async def _text(reply: Any) -> str:
    return str((await _body(reply))["choices"][0]["message"]["content"])


async def test_the_same_seed_gives_the_same_answer_and_greedy_needs_none(ask: Make) -> None:
    """Sampling repeats under a seed and differs without it; temperature 0 repeats by itself."""
    seeded = [await _text(await ask(seed=7, max_tokens=30)) for _ in range(2)]
    other = await _text(await ask(seed=8, max_tokens=30))
    greedy = [await _text(await ask(temperature=0, max_tokens=30)) for _ in range(2)]
    assert seeded[0] == seeded[1] != other
    assert greedy[0] == greedy[1]


async def test_usage_is_counted_and_the_stream_is_the_same_text(ask: Make, weights: Path) -> None:
    """Prompt and completion tokens are the tokenizer's; the pieces add up to the whole answer."""
    fields = {"seed": 3, "max_tokens": 25}
    body = await _body(await ask(**fields))
    options = {"stream": True, "stream_options": {"include_usage": True}}
    raw = (await (await ask(**fields, **options)).read()).split(b"\n\n")[:-2]
    chunks = [orjson.loads(line.removeprefix(b"data: ")) for line in raw]
    text = "".join(c["delta"].get("content", "") for chunk in chunks for c in chunk["choices"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(weights)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "the quick brown"}], add_generation_prompt=True, return_dict=True
    )
    assert body["choices"][0]["message"] == {"role": "assistant", "content": text}
    assert body["usage"] == chunks[-1]["usage"]
    assert body["usage"]["prompt_tokens"] == len(prompt["input_ids"])
    assert body["model"] == "tiny"
    if body["choices"][0]["finish_reason"] == "length":
        assert body["usage"]["completion_tokens"] == 25


async def test_a_stop_string_ends_the_answer_before_it(ask: Make) -> None:
    """The stop string and what follows it are not sent, and generating ends there."""
    whole = await _body(await ask(temperature=0, max_tokens=40))
    text = whole["choices"][0]["message"]["content"]
    stop = text[8:11]
    cut = await _body(await ask(temperature=0, max_tokens=40, stop=[stop]))
    assert cut["choices"][0]["message"]["content"] == text[: text.find(stop)]
    assert cut["choices"][0]["finish_reason"] == "stop"
    assert cut["usage"]["completion_tokens"] < whole["usage"]["completion_tokens"]


async def test_a_closed_stream_stops_generating(ask: Make) -> None:
    """After `close` the only worker is free for the next request, although 400 tokens were asked for."""
    reply = await ask(stream=True, max_tokens=400, temperature=0)
    stream = reply.chunks()
    await anext(stream)
    await reply.close()
    again = await asyncio.wait_for(_body(await ask(max_tokens=1)), 10)
    assert again["usage"]["completion_tokens"] == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content": "漢" * 600}, "context_length_exceeded"),
        ({"n": 2}, None),
        ({"messages": [{"role": "odd", "content": "x"}]}, None),
    ],
)
async def test_faults_of_the_request_are_400(ask: Make, fields: dict[str, Any], code: str | None) -> None:
    """A prompt too long, an unsupported field and a template's refusal are the app's to mend."""
    reply = await ask(**fields)
    assert (reply.status, (await _body(reply))["error"]["code"]) == (400, code)


async def test_an_answer_fills_the_context_and_no_more(ask: Make) -> None:
    """Without a limit the answer ends by itself or at the end of the context."""
    usage = (await _body(await ask(temperature=0)))["usage"]
    assert usage["total_tokens"] <= CONTEXT


async def test_a_folder_without_a_model_is_a_connect_failure(
    upstream: TransformersUpstream, make_endpoint: Make, make_call: Make, tmp_path: Path
) -> None:
    """Nothing was started, and the message names the endpoint."""
    with pytest.raises(ConnectFailed, match="small-1 cannot be loaded"):
        await upstream.call(make_call(make_endpoint(target=str(tmp_path))))


PROMPTS = ("the quick brown", "lazy dog " * 30, "fox é ü", "over the lazy dog " * 5, "漢字 jumps")


async def test_answers_written_together_are_what_each_would_be_alone(ask: Make) -> None:
    """Greedy or seeded, of other lengths, begun and ended at other moments: a batch changes no answer."""
    fields = [
        {"temperature": 0, "max_tokens": 40},
        {"seed": 5, "max_tokens": 9},
        {"seed": 6, "top_p": 0.8, "max_tokens": 30},
        {"seed": 7, "top_k": 3, "max_tokens": 22},
        {"seed": 8, "repetition_penalty": 1.3, "max_tokens": 35},
    ]

    async def one(number: int, late: float = 0.0) -> dict[str, Any]:
        await asyncio.sleep(late)
        body = await _body(await ask(PROMPTS[number], places=3, **fields[number]))
        return {"choices": body["choices"], "usage": body["usage"]}

    alone = [await one(number) for number in range(5)]
    together = await asyncio.gather(*(one(number, 0.01 * number) for number in range(5)))
    assert together == alone


async def test_answers_are_written_at_the_same_time(ask: Make) -> None:
    """A short answer does not wait for a long one that began before it."""
    long = await ask(places=2, temperature=0, max_tokens=400, stream=True)
    stream = long.chunks()
    await anext(stream)
    short = await _body(await ask(places=2, max_tokens=2))
    assert short["usage"]["completion_tokens"] <= 2
    assert not (await anext(stream)).startswith(b"data: [DONE]")
    await long.close()


async def test_a_model_with_sliding_windows_answers_one_by_one(
    upstream: TransformersUpstream, make_endpoint: Make, make_call: Make, tmp_path: Path
) -> None:
    """Its state cannot be put side by side, so that answers take turns; each is what it would be alone."""
    endpoint = make_endpoint(target=str(text_model(tmp_path, window=8)), context=CONTEXT, max_concurrency=3)

    async def one(number: int) -> str:
        return await _text(
            await upstream.call(make_call(endpoint, PROMPTS[number], temperature=0, max_tokens=20))
        )

    alone = [await one(number) for number in range(3)]
    assert await asyncio.gather(*map(one, range(3))) == alone


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")  # to go in some later torch; ours is pinned
async def test_eight_bits_say_nearly_the_same(
    upstream: TransformersUpstream, make_endpoint: Make, make_call: Make, weights: Path
) -> None:
    """`quantisation: int8` replaces the linear layers; the answer is the model's own, near enough."""
    endpoint = make_endpoint(target=str(weights), context=CONTEXT, quantisation="int8")
    body = await _body(await upstream.call(make_call(endpoint, max_tokens=5, temperature=0)))
    assert body["usage"]["completion_tokens"] == 5
    loaded = load_model(str(weights), "AutoModelForCausalLM", endpoint, 1)
    exact = load_model(str(weights), "AutoModelForCausalLM", make_endpoint(context=CONTEXT), 1)
    ids = torch.arange(1, 30).reshape(1, -1)
    with torch.inference_mode():
        quantised, true = loaded.model(input_ids=ids).logits, exact.model(input_ids=ids).logits
    assert 0 < float((quantised - true).abs().max()) < 0.1 * float(true.abs().max())
    assert not any(type(module) is torch.nn.Linear for module in loaded.model.modules())


OFFLINE = """
import asyncio, socket, sys
from router.dispatch.port import ConnectFailed
from router.dispatch.transformers_model import load_model  # noqa: E402
from router.dispatch.transformers_upstream import TransformersUpstream
from tests.dispatch.embedded.conftest import _endpoint

def no_network(*_):
    raise AssertionError("asked the network")
socket.getaddrinfo = no_network

async def main():
    upstream = TransformersUpstream()
    await upstream.warm(_endpoint(target="tiny/llama", context=512))
    try:
        await upstream.warm(_endpoint(id="other", target="tiny/other", context=512))
    except ConnectFailed as error:
        print(error.message)
    await upstream.aclose()
asyncio.run(main())
"""


def test_a_hub_id_is_taken_from_the_cache_and_offline_means_offline(weights: Path, tmp_path: Path) -> None:
    """HF_HUB_OFFLINE: what the cache has is loaded, what it has not is a clear failure, nobody is asked."""
    model = tmp_path / "models--tiny--llama"
    (model / "snapshots").mkdir(parents=True)
    (model / "refs").mkdir()
    shutil.copytree(weights, model / "snapshots" / "abc")
    (model / "refs" / "main").write_text("abc", encoding="utf-8")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "endpoint other cannot be loaded" in done.stdout and "tiny/other" in done.stdout
