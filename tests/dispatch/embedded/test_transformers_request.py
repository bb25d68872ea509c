"""What a transformers model can serve, and the stop strings it obeys. Needs neither torch nor a model."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dispatch.replies import Refused
from router.dispatch.stop_text import StopText
from router.dispatch.transformers_request import Sampling, text_request

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}]}


@given(
    text=st.text("abc", max_size=30),
    stops=st.lists(st.text("abc", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(0, 30), max_size=6),
)
def test_stop_strings_cut_the_same_wherever_the_text_is_split(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    """However text arrives, what gets out is a beginning of it without any stop string, else all of it."""
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    stopper = StopText(tuple(stops))
    out = "".join(stopper.feed(text[a:b]) for a, b in pairwise(edges))
    out += "" if stopper.stopped else stopper.flush()
    ends = [text.find(stop) for stop in stops if stop in text]
    if not ends:
        assert out == text
    else:
        assert stopper.stopped
        assert not any(stop in out for stop in stops)
        assert text.startswith(out)


def test_openais_defaults_and_greedy_are_stated_in_full() -> None:
    """No field leaves room for the model's own generation settings; temperature 0 is greedy."""
    assert text_request(HELLO).sampling == Sampling(1.0, 1.0, 0, 1.0)
    assert text_request({**HELLO, "temperature": 0}).sampling.temperature == 0


def test_a_limit_that_is_null_is_none() -> None:
    """Clients that write out every field they know send the newer name beside the older."""
    assert text_request({**HELLO, "max_tokens": 3, "max_completion_tokens": None}).max_tokens == 3
    assert text_request({**HELLO, "max_tokens": 3, "max_completion_tokens": 5}).max_tokens == 5


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{}]}, "tools"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 9}, "temperature"),
        ({"seed": 2**80}, "seed"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": [""]}, "stop"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages"),
    ],
)
def test_what_it_cannot_serve_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    """Each is a 400 naming the field."""
    with pytest.raises(Refused) as refused:
        text_request({**HELLO, **fields})
    assert (refused.value.status, refused.value.param) == (400, param)


def test_text_parts_are_one_text() -> None:
    """A content list of text parts is what the chat template sees as a string."""
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert text_request({"messages": [{"role": "user", "content": parts}]}).messages == [
        {"role": "user", "content": "a\nb"}
    ]
