"""Header lines that come more than once, and labels that contradict each other."""

from __future__ import annotations

from typing import Any

import pytest

from router.domain.kinds import DataClass
from router.errors import InvalidRequest
from router.ingress.call import ClientCall
from router.ingress.direct import EXTENSION
from router.ingress.hints import read_hints

LABEL = "x-tiergate-data-class"


def headers_of(*lines: tuple[str, str]) -> dict[str, str]:
    raw = [(name.encode(), text.encode()) for name, text in lines]
    scope: dict[str, Any] = {"headers": raw, "extensions": {EXTENSION: None}}
    return ClientCall(scope, lambda: None, lambda _: None, None).headers  # type: ignore[arg-type,return-value]


def test_a_label_that_comes_twice_is_refused() -> None:
    """The last line does not win: a proxy that adds one cannot lower the app's."""
    headers = headers_of((LABEL, "restricted"), ("a", "b"), (LABEL, "public"))
    assert headers == {LABEL: "restricted, public", "a": "b"}
    with pytest.raises(InvalidRequest, match="none of public"):
        read_hints(headers, None)


@pytest.mark.parametrize(
    ("header", "metadata", "held"),
    [
        ("public", "restricted", DataClass.RESTRICTED),
        ("restricted", "public", DataClass.RESTRICTED),
        ("internal", None, DataClass.INTERNAL),
        (None, "confidential", DataClass.CONFIDENTIAL),
    ],
)
def test_of_two_places_the_stricter_label_holds(
    header: str | None, metadata: str | None, held: DataClass
) -> None:
    """Whichever says it."""
    said = {} if metadata is None else {"tiergate_data_class": metadata}
    assert read_hints({} if header is None else {LABEL: header}, said).data_class is held
