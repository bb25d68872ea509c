"""Where a prompt may go: by data class, by what the catalog says the model can do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from router.calibrate.prompts import own_suite
from router.calibrate.run import catalog_of
from router.calibrate.target import CannotCalibrate, Given, admitted, of_catalog, of_url
from router.sandbox.prompts import Prompt
from tests.policy.conftest import Folder

BASE = next(prompt for prompt in own_suite().prompts if prompt.id == "everyday-01")
PLAIN = replace(BASE, metadata={})


def reasons(
    folder: Folder, prompt: Prompt, *, name: str = "thinker", residency: str | None = None
) -> list[str]:
    """Why it is left out; empty: it may be sent. With a residency: to a URL there."""
    bundle = folder.load()
    if residency is None:
        target = of_catalog(bundle, catalog_of(folder.path), name, None)
    else:
        target = of_url(bundle, "new", Given("http://127.0.0.1:1/v1", None, None, residency))
    return list(admitted([prompt], target, bundle)[1])


def test_restricted_prompts_go_to_on_premises_endpoints_only(folder: Folder) -> None:
    """Whatever the policy leaves out: without a rule for restricted data the limit is the same."""
    restricted = replace(BASE, metadata={"data_class": "restricted"})
    for _ in range(2):
        assert reasons(folder, restricted, name="big") == ["restricted data may go to on-premises only"]
        assert reasons(folder, restricted, residency="eu") == ["restricted data may go to on-premises only"]
        assert reasons(folder, restricted) == reasons(folder, restricted, residency="on-premises") == []
        if "data_classes" in (folder.path / "policy.yaml").read_text("utf-8"):
            folder.edit("policy", "  data_classes:\n    restricted: {residency: [on-premises]}\n", "")


def test_a_prompt_without_a_label_is_of_the_policys_default_class(folder: Folder) -> None:
    """A default that may not leave the house keeps it in the house."""
    assert reasons(folder, PLAIN, name="big") == []
    folder.edit("policy", "  baseline:", "  default_data_class: restricted\n  baseline:")
    assert reasons(folder, PLAIN, name="big") == ["restricted data may go to on-premises only"]


@pytest.mark.parametrize(
    ("line", "change", "reason"),
    [
        ("serves: [math]", {}, "thinker does not serve knowledge"),
        ("languages: [de]", {}, "thinker is not offered in en"),
        (
            "max_output: 9",
            {"body": {"response_format": {"type": "json_object"}}},
            "thinker lacks json_object",
        ),
    ],
)
def test_what_the_catalog_says_it_cannot_do_is_not_asked(
    folder: Folder, line: str, change: dict[str, Any], reason: str
) -> None:
    """The gateway would not send it either, so it tells nothing."""
    folder.edit("catalog", "capabilities: [tools]", f"capabilities: [tools]\n      {line}")
    assert reasons(folder, replace(PLAIN, **change)) == [reason]


def test_a_label_that_is_no_data_class_is_an_error(folder: Folder) -> None:
    """A misspelt `restricted` must not be read as harmless."""
    with pytest.raises(CannotCalibrate, match="data class 'restrictd' is none of public, internal"):
        reasons(folder, replace(BASE, metadata={"data_class": "restrictd"}))
