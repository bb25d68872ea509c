"""What an app declares of a right answer: both places, their form, and what is never sent on."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote

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
        ({"kind": "exact", "value": []}, "should not be empty"),
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


HEADERS = {
    "x-tiergate-reference": "Paris",
    "x-tiergate-reference-kind": "exact",
    "x-tiergate-constraints": '[{"id": "punctuation:no_comma"}]',
    "x-tiergate-tests": '{"asserts": ["assert f(1) == 2"]}',
    "x-tiergate-language": "fr",
}


def in_headers(headers: dict[str, str], **fields: Any) -> Declared:
    return parse_chat(orjson.dumps({"model": "auto", "messages": [USER], **fields}), headers).declared


def test_headers_say_the_same() -> None:
    """As metadata does, and each part remembers its header."""
    found = in_headers(HEADERS)
    assert found.reference == Reference(ReferenceKind.EXACT, ("Paris",))
    assert found.constraints == (("punctuation:no_comma", {}),)
    assert (found.tests, found.language) == ({"asserts": ["assert f(1) == 2"]}, "fr")
    assert found.places["reference"] == "x-tiergate-reference"


@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_any_text_can_be_sent(text: str) -> None:
    """Percent-encoded or in base64, whatever it is; both are printable ASCII."""
    percent = '%"' + quote(text, safe=" ") + '"'
    base64 = f":{b64encode(text.encode()).decode()}:"
    for sent in (percent, base64):
        assert sent.isascii() and sent.isprintable()
        found = in_headers({"x-tiergate-reference": sent, "x-tiergate-reference-kind": "exact"})
        assert found.reference is not None and found.reference.texts == (text,)


def test_places_add_up() -> None:
    """Different parts may be said in different places."""
    found = in_headers(
        {"x-tiergate-language": "fr"}, metadata={"tiergate_constraints": '[{"id": "punctuation:no_comma"}]'},
        tiergate={"reference": {"kind": "exact", "value": "Paris"}},
    )  # fmt: skip
    assert (found.language, len(found.constraints)) == ("fr", 1) and found.reference is not None


@pytest.mark.parametrize(
    ("headers", "fields", "param", "wrong"),
    [
        ({"x-tiergate-reference": "4"}, {}, "x-tiergate-reference", "needs its kind beside it"),
        ({"x-tiergate-reference-kind": "number"}, {}, "x-tiergate-reference-kind", "needs its value"),
        ({"x-tiergate-language": "french"}, {}, "x-tiergate-language", "should match"),
        ({"x-tiergate-constraints": "[{"}, {}, "x-tiergate-constraints", "not JSON"),
        ({"x-tiergate-constraints": '{"a": 1}'}, {}, "x-tiergate-constraints", "should be an array"),
        ({"x-tiergate-language": "fran\xe7ais"}, {}, "x-tiergate-language", "not printable ASCII"),
        ({"x-tiergate-language": '%"fr'}, {}, "x-tiergate-language", "percent-encoded"),
        ({"x-tiergate-language": '%"%ff"'}, {}, "x-tiergate-language", "must be UTF-8"),
        ({"x-tiergate-language": ":fr:"}, {}, "x-tiergate-language", "must be base64"),
        ({"x-tiergate-language": "f" * 16_001}, {}, "x-tiergate-language", "use the field 'tiergate'"),
        ({"x-tiergate-langage": "fr"}, {}, "x-tiergate-langage", "x-tiergate-language"),
        (
            {"x-tiergate-language": "fr"}, {"metadata": {"tiergate_language": "fr"}},
            "x-tiergate-language", "'metadata.tiergate_language' says it already",
        ),
        (
            {"x-tiergate-reference": "4", "x-tiergate-reference-kind": "number"},
            {"tiergate": {"reference": {"kind": "number", "value": "5"}}},
            "x-tiergate-reference", "'tiergate.reference' says it already",
        ),
        (
            {"x-tiergate-reference": "4"}, {"metadata": {"tiergate_reference_kind": "number"}},
            "metadata.tiergate_reference_kind", "said in the same way",
        ),
    ],
)  # fmt: skip
def test_headers_that_make_no_sense(
    headers: dict[str, str], fields: dict[str, Any], param: str, wrong: str
) -> None:
    """Are refused, by the header's name; so is what two places say."""
    with pytest.raises(InvalidRequest) as caught:
        in_headers(headers, **fields)
    assert caught.value.param == param
    assert wrong in caught.value.message


def test_a_header_reaches_the_verifier() -> None:
    """What it declares is looked into as all declarations are, and refused under its name."""
    headers = {"x-tiergate-reference": "no number", "x-tiergate-reference-kind": "number"}
    request = parse_chat(orjson.dumps({"model": "auto", "messages": [USER]}), headers)
    with pytest.raises(InvalidRequest, match="x-tiergate-reference"):
        subject_of(request.payload, request.conversation, request.declared)
