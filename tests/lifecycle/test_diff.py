"""What two policies say differently: by name, by field, with the line; nothing for what means the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.lifecycle.applying import NotApplied, target
from router.lifecycle.diff import difference_text, differences
from router.policy.folder import read_folder
from router.record.policies import Applied
from tests.policy.conftest import POLICY, Folder


def told(tmp_path: Path, *edits: tuple[str, str, str]) -> list[str]:
    """The differences after some edits, without the folders' paths."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    old, new = Folder(tmp_path / "old"), Folder(tmp_path / "new")
    for edit in edits:
        new.edit(*edit)
    found = differences(read_folder(old.path), read_folder(new.path))
    return [difference_text(one).replace(f"{tmp_path}/", "") for one in found]


def test_a_changed_price_and_rule_are_named(tmp_path: Path) -> None:
    """Numbers as they are written, the line in the newer folder."""
    price = ("prices", "input: 1.25", "input: 1.50")
    assert told(tmp_path, price, ("policy", "quality_target: 0.7", "quality_target: 0.8")) == [
        "new/prices.yaml:9: PriceBook price big 2025-01-01 input: 1.25 > 1.50",
        "new/policy.yaml:14: RoutingPolicy rule default quality_target: 0.7 > 0.8",
    ]


def test_a_new_rule_moves_no_other(tmp_path: Path) -> None:
    """Inserted first, it is one difference; the rules behind it are the same."""
    math = "    - name: math\n"
    assert told(
        tmp_path, ("policy", math, f"    - {{name: code, deny: no, match: {{key: [k]}}}}\n{math}")
    ) == [
        "new/policy.yaml:9: added RoutingPolicy rule code: "
        '{"name": "code", "deny": "no", "match": {"key": ["k"]}}'
    ]


def test_order_of_rules_matters_and_layout_does_not(tmp_path: Path) -> None:
    """First match wins, so a rule that now stands behind another is told; comments and quotes are not."""
    before, first, last = POLICY.partition("    - name: math")[0], *_rules()
    found = told(
        tmp_path,
        ("policy", POLICY, before + last + first),
        ("prices", "version: v7", 'version: "v7"  # the same'),
    )
    assert found == ["new/policy.yaml:12: RoutingPolicy rule math: now after default"]


def _rules() -> tuple[str, str]:
    """The two rules of the folder, as text."""
    math = POLICY.index("    - name: math")
    default = POLICY.index("    - name: default")
    return POLICY[math:default], POLICY[default:]


def test_what_went_is_named_where_it_was(tmp_path: Path) -> None:
    """A line of the older folder."""
    assert told(tmp_path, ("policy", "      quality_target: 0.7\n", "")) == [
        "old/policy.yaml:14: removed RoutingPolicy rule default quality_target: 0.7"
    ]


def test_versions_are_found_by_number_or_digest() -> None:
    """A number is one even where a digest begins with it; without any it is the one before the latest."""
    versions = [Applied(n, digest, None, 0, "a", "b") for n, digest in ((3, "1aa"), (2, "2bb"), (1, "1aa"))]
    assert [target(versions, which).version for which in (None, "1", "2b", "1a")] == [2, 1, 2, 3]
    for which in ("9", "zz"):
        with pytest.raises(NotApplied, match="no version has"):
            target(versions, which)
    with pytest.raises(NotApplied, match="several versions"):
        target([*versions, Applied(4, "1ab", None, 0, "a", "b")], "1a")
    with pytest.raises(NotApplied, match="no earlier version"):
        target(versions[:1], None)
