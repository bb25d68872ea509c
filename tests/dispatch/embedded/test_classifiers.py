"""Classifiers, entailment models and models that mark passages, each on tiny random weights; and what of a
request they can answer. Skipped without torch."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

torch = pytest.importorskip("torch", reason="extra `transformers` is not installed")
transformers = pytest.importorskip("transformers", reason="extra `transformers` is not installed")

from router.dispatch.transformers_spans import Span, spans  # noqa: E402  (after the skips)
from router.dispatch.transformers_upstream import TransformersUpstream  # noqa: E402
from tests.dispatch.embedded.tiny import CONTEXT, label_model, span_model  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers themselves

Make = Callable[..., Any]
Ask = Callable[..., Awaitable[dict[str, Any]]]
LABELS = ("Billing", "Technical", "Other")
KINDS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
ENTAILMENT = ("contradiction", "neutral", "entailment")
MODELS = {
    "classify": (label_model, LABELS),
    "zero_shot": (label_model, ENTAILMENT),
    "extract": (span_model, KINDS),
}
TEXTS = ("the quick brown", "lazy dog " * 40, "fox é ü 漢字", "jumps over", "dog")


@pytest.fixture
async def asker(make_endpoint: Make, make_call: Make) -> AsyncIterator[Callable[[Path], Ask]]:
    upstream = TransformersUpstream(waiting=64)

    def of(weights: Path) -> Ask:
        endpoint = make_endpoint(target=str(weights), context=CONTEXT, max_concurrency=4)

        async def ask(content: Any, **fields: Any) -> dict[str, Any]:
            reply = await upstream.call(make_call(endpoint, content, **fields))
            body = orjson.loads(await reply.read())
            assert isinstance(body, dict)
            return body

        return ask

    yield of
    await upstream.aclose()


@pytest.fixture
def classify(asker: Callable[[Path], Ask], tmp_path: Path) -> Ask:
    return asker(label_model(tmp_path, LABELS))


@pytest.fixture
def zero_shot(asker: Callable[[Path], Ask], tmp_path: Path) -> Ask:
    return asker(label_model(tmp_path, ENTAILMENT))


@pytest.fixture
def extract(asker: Callable[[Path], Ask], tmp_path: Path) -> Ask:
    return asker(span_model(tmp_path, KINDS))


def content(body: dict[str, Any]) -> str:
    return str(body["choices"][0]["message"]["content"])


def choice(*labels: str, field: str | None = None) -> dict[str, Any]:
    """A response format that leaves these."""
    part: dict[str, Any] = {"enum": list(labels)}
    schema = part if field is None else {"type": "object", "properties": {field: part}}
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


async def test_the_label_is_the_models_own(classify: Ask, tmp_path: Path) -> None:
    """The answer is what transformers itself says of the text, log-probabilities too; nothing is written."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    for text in TEXTS:
        encoded = tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            expected = model(**encoded).logits[0].log_softmax(-1)
        body = await classify(text, logprobs=True, top_logprobs=3)
        [shown] = body["choices"][0]["logprobs"]["content"]
        assert content(body) == LABELS[int(expected.argmax())] == shown["token"]
        told = {entry["token"]: entry["logprob"] for entry in shown["top_logprobs"]}
        assert told == pytest.approx(dict(zip(LABELS, expected.tolist(), strict=True)), abs=1e-4)
        length = encoded["input_ids"].shape[1]
        assert (body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"]) == (length, 0)


async def test_texts_read_together_get_the_labels_they_get_alone(classify: Ask) -> None:
    """Forty callers at once over four places, of very different lengths: padding changes nothing."""
    alone = [await classify(text, logprobs=True) for text in TEXTS]
    together = await asyncio.gather(*(classify(text, logprobs=True) for text in TEXTS * 8))
    for number, body in enumerate(together):
        expected = alone[number % len(TEXTS)]
        assert content(body) == content(expected)
        [said], [true] = (b["choices"][0]["logprobs"]["content"] for b in (body, expected))
        assert math.isclose(said["logprob"], true["logprob"], abs_tol=1e-4)


async def test_the_answer_has_the_form_that_was_asked_for(classify: Ask) -> None:
    """A plain label, a JSON text, an object with the property of the schema; fewer labels leave fewer."""
    plain = content(await classify("fox"))
    assert content(await classify("fox", response_format={"type": "json_object"})) == f'{{"label":"{plain}"}}'
    queue = await classify("fox", response_format=choice(*LABELS, field="queue"))
    assert orjson.loads(content(queue)) == {"queue": plain}
    assert orjson.loads(content(await classify("fox", response_format=choice("OTHER")))) == "OTHER"
    assert content(await classify("fox", structured_outputs={"choice": ["billing"]})) == "billing"


async def test_labels_of_the_request_are_hypotheses(zero_shot: Ask, tmp_path: Path) -> None:
    """Each label's chance is what the model's entailment scores say of its hypothesis, in the caller's words
    where the system message gives them."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    labels = ("quick", "lazy", "brown fox")
    forms = {"This example is {}.": [], "About {}!": [{"role": "system", "content": "About {}!"}]}
    for form, system in forms.items():
        scores = []
        for label in labels:
            pair = tokenizer("the fox", form.format(label), return_tensors="pt")
            with torch.inference_mode():
                scores.append(float(model(**pair).logits[0, 2]))
        expected = torch.tensor(scores).log_softmax(-1).tolist()
        messages = [*system, {"role": "user", "content": "the fox"}]
        asked = {"messages": messages, "structured_outputs": {"choice": list(labels)}}
        body = await zero_shot("", **asked, logprobs=True, top_logprobs=3)
        [shown] = body["choices"][0]["logprobs"]["content"]
        told = {entry["token"]: entry["logprob"] for entry in shown["top_logprobs"]}
        assert told == pytest.approx(dict(zip(labels, expected, strict=True)), abs=1e-4)
        assert content(body) == labels[expected.index(max(expected))]


async def test_passages_are_those_the_model_marks(extract: Ask, tmp_path: Path) -> None:
    """Positions are the text's; a schema's properties get the passages of their type, a list all of them."""
    model = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    found = 0
    for text in TEXTS:
        encoded = tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
        offsets = encoded.pop("offset_mapping")[0].tolist()
        with torch.inference_mode():
            best = model(**encoded).logits[0].argmax(-1).tolist()
        expected = list(spans([KINDS[number] for number in best], offsets))
        entities = orjson.loads(content(await extract(text)))["entities"]
        assert [(e["type"], e["start"], e["end"]) for e in entities] == [
            (span.kind, span.start, span.end) for span in expected
        ]
        assert all(entity["text"] == text[entity["start"] : entity["end"]] for entity in entities)
        schema = {"type": "object", "properties": {"per": {"type": "array"}, "LOC": {"type": "string"}}}
        form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
        filled = orjson.loads(content(await extract(text, response_format=form)))
        assert filled["per"] == [entity["text"] for entity in entities if entity["type"] == "PER"]
        places = [entity["text"] for entity in entities if entity["type"] == "LOC"]
        assert filled["LOC"] == (places[0] if places else None)
        found += len(entities)
    assert found


def test_tokens_are_joined_to_passages() -> None:
    """B- begins anew, I- goes on or begins where nothing is open; special tokens have no characters."""
    names = ["O", "B-PER", "I-PER", "B-PER", "I-LOC", "O", "I-LOC", "O"]
    offsets = [(0, 0), (0, 3), (3, 5), (6, 9), (10, 12), (12, 13), (14, 18), (0, 0)]
    found = [Span("PER", 0, 5), Span("PER", 6, 9), Span("LOC", 10, 12), Span("LOC", 14, 18)]
    assert list(spans(names, offsets)) == found


@pytest.mark.parametrize(
    ("engine", "fields", "told"),
    [
        ("classify", {"response_format": choice("Billing", "Sales")}, "no label 'Sales'; it has Billing"),
        ("classify", {"response_format": choice("a", "a")}, "there twice"),
        ("classify", {"response_format": choice()}, "1 to 64 texts"),
        ("classify", {"tools": [{}]}, "without tools"),
        ("classify", {"content": "漢" * 600}, "maximum context length is 512 tokens"),
        ("classify", {"content": " "}, "last user message"),
        ("zero_shot", {}, "name them in response_format"),
        (
            "extract",
            {"response_format": choice("x", field="dates")},
            "not know 'dates'; it finds LOC, PER",
        ),
        ("extract", {"logprobs": True}, "without logprobs"),
    ],
)
async def test_what_cannot_be_answered_is_refused_in_words(
    asker: Callable[[Path], Ask], tmp_path: Path, engine: str, fields: dict[str, Any], told: str
) -> None:
    """The message says what was wrong and what would be right."""
    make, labels = MODELS[engine]
    ask = asker(make(tmp_path, labels))
    body = await ask(fields.get("content", "fox"), **{k: v for k, v in fields.items() if k != "content"})
    assert told in body["error"]["message"]
