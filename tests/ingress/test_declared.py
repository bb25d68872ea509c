"""What an app declares of a right answer: both places, their form, and what is never sent on."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dispatch.shape import shape_payload
from router.domain.declared import NOTHING_DECLARED, Declared, Reference, ReferenceKind
from router.errors import InvalidRequest
from router.ingress.openai import parse_chat
from router.verify.subject import subject_of
from tests.dispatch.test_loop import candidates

USER = {"role": "user", "content": "2+2?"}


def declared(**fields: Any) -> Declared:
    return parse_chat(orjson.dumps({"model": "auto", "messages": [USER], **fields}), {}).declared


def test_both_places_say_the_same() -> None:
    """`metadata` holds small things as texts, the field holds anything; each remembers where it was said."""
    field = {
        "reference": {"kind": "exact", "value": "Paris"},
        "constraints": [{"id": "punctuation:no_comma", "kwargs": None}],
        "tests": {"asserts": ["assert f(1) == 2"]},
        "language": "fr",
    }
    metadata = {
        "tiergate_reference": "Paris",
        "tiergate_reference_kind": "exact",
        "tiergate_constraints": '[{"id": "punctuation:no_comma"}]',
        "tiergate_tests": '{"asserts": ["assert f(1) == 2"]}',
        "tiergate_language": "fr",
        "app": "shop",
    }
    one, other = declared(tiergate=field), declared(metadata=metadata)
    assert one.reference == other.reference == Reference(ReferenceKind.EXACT, ("Paris",))
    assert one.constraints == other.constraints == (("punctuation:no_comma", {}),)
    assert (one.tests, one.language) == (other.tests, other.language) == (field["tests"], "fr")
    assert one.places["reference"] == "tiergate.reference"
    assert other.places["tests"] == "metadata.tiergate_tests"


@pytest.mark.parametrize("fields", [{}, {"tiergate": None}, {"tiergate": {}}, {"metadata": {"a": "b"}}])
def test_most_requests_declare_nothing(fields: dict[str, Any]) -> None:
    """And share one value that says so."""
    assert declared(**fields) is NOTHING_DECLARED


@pytest.mark.parametrize(
    ("reference", "wrong"),
    [
        ({"kind": "number", "value": ["1", "2"]}, "a reference of kind number is one value"),
        ({"kind": "exact", "value": "x", "options": {}}, "options goes with the kind choice"),
        ({"kind": "exact", "value": " "}, "match pattern"),
        ({"kind": "exact", "value": []}, "at least 1 item"),
        ({"kind": "words", "value": "x", "threshold": 2}, "less than or equal to 1"),
    ],
)
def test_a_reference_that_makes_no_sense(reference: dict[str, Any], wrong: str) -> None:
    """Is refused in words."""
    with pytest.raises(InvalidRequest, match=wrong) as caught:
        declared(tiergate={"reference": reference})
    assert str(caught.value.param).startswith("tiergate.reference")


def test_declarations_are_not_sent_upstream() -> None:
    """Neither the field nor any of its keys in `metadata`; the app's own metadata stay."""
    metadata = {"tiergate_reference": "4", "tiergate_reference_kind": "math", "app": "shop"}
    payload = {
        "model": "auto",
        "messages": [USER],
        "tiergate": {"language": "de"},
        "metadata": metadata,
    }
    [candidate] = candidates("a")
    shaped, _ = shape_payload(payload, candidate, stream=False)
    assert "tiergate" not in shaped and shaped["metadata"] == {"app": "shop"}
    assert "tiergate" in payload


NAMES = st.sampled_from(
    ["reference", "kind", "value", "constraints", "id", "kwargs", "tests", "language", "asserts", "cases",
     "function", "args", "expected", "programs", "stdin", "stdout", "inputs", "outputs", "fn_name"]
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(NAMES | st.text(max_size=5), JSON, max_size=5))
def test_nonsense_is_refused_and_never_breaks_anything(field: dict[str, Any]) -> None:
    """Whatever the field holds, it is read or refused by name."""
    body = orjson.dumps({"model": "auto", "messages": [USER], "tiergate": field})
    try:
        request = parse_chat(body, {})
        subject_of(request.payload, request.conversation, request.declared)
    except InvalidRequest as error:
        assert error.param


@given(st.sampled_from(["tiergate_constraints", "tiergate_tests"]), JSON)
def test_nonsense_in_metadata_too(key: str, content: Any) -> None:
    """The texts of `metadata` are as strict."""
    body = orjson.dumps(
        {"model": "auto", "messages": [USER], "metadata": {key: orjson.dumps(content).decode()}}
    )
    try:
        request = parse_chat(body, {})
        subject_of(request.payload, request.conversation, request.declared)
    except InvalidRequest as error:
        assert error.param == f"metadata.{key}"
