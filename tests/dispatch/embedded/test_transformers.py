"""The transformers adapter on a tiny model with random weights that the test makes. Skipped without torch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

torch = pytest.importorskip("torch", reason="extra `transformers` is not installed")
transformers = pytest.importorskip("transformers", reason="extra `transformers` is not installed")
tokenizers = pytest.importorskip("tokenizers", reason="extra `transformers` is not installed")

from router.dispatch.port import ConnectFailed  # noqa: E402  (after the skips)
from router.dispatch.transformers_text import TransformersUpstream  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers themselves

Make = Callable[..., Any]
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'odd' %}{{ raise_exception('no such role') }}{% endif %}"
    "<s>{{ m.role }}: {{ m.content }}\n{% endfor %}<s>assistant: "
)
CONTEXT = 512


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A byte-level tokenizer trained here, with a chat template, and a two-layer Llama of random weights."""
    folder = tmp_path_factory.mktemp("tiny-llama")
    tokenizer = tokenizers.ByteLevelBPETokenizer()
    corpus = ["the quick brown fox jumps over the lazy dog é ü 漢字 " * 20]
    tokenizer.train_from_iterator(corpus, vocab_size=400, special_tokens=["<s>", "</s>"])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer, bos_token="<s>", eos_token="</s>", chat_template=TEMPLATE
    )
    fast.save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
    )
    torch.manual_seed(1)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
async def upstream() -> AsyncIterator[TransformersUpstream]:
    adapter = TransformersUpstream()
    yield adapter
    await adapter.aclose()


@pytest.fixture
def ask(upstream: TransformersUpstream, weights: Path, make_endpoint: Make, make_call: Make) -> Make:
    async def send(content: Any = "the quick brown", **fields: Any) -> Any:
        endpoint = make_endpoint(target=str(weights), context=CONTEXT, upstream_model="tiny")
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
