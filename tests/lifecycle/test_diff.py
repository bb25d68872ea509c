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


def test_of_a_list_only_what_came_and_went_is_told(tmp_path: Path) -> None:
    """Each item whole, however long the list, at its own line; an item that was there twice goes once."""
    teams = [f"a-team-with-a-long-name-{n}" for n in range(8)]
    old = "".join(f"          - {team}\n" for team in (*teams, teams[0]))
    new = old.replace(f"          - {teams[5]}\n", "").replace(teams[6], "a-new-team-" + "x" * 90)
    rule = "    - name: default\n"
    before = ("policy", rule, f"{rule}      match:\n        team:\n{old}")
    for name, edits in (("old", [before]), ("new", [before, ("policy", old, new)])):
        (tmp_path / name).mkdir()
        folder = Folder(tmp_path / name)
        for edit in edits:
            folder.edit(*edit)
    found = differences(read_folder(tmp_path / "old"), read_folder(tmp_path / "new"))
    assert [difference_text(one).replace(f"{tmp_path}/", "") for one in found] == [
        f"old/policy.yaml:20: removed from RoutingPolicy rule default match team: {teams[5]}",
        f"old/policy.yaml:21: removed from RoutingPolicy rule default match team: {teams[6]}",
        f"new/policy.yaml:20: added to RoutingPolicy rule default match team: a-new-team-{'x' * 90}",
    ]


def test_a_list_in_another_order_is_told_as_such(tmp_path: Path) -> None:
    """Also where something came or went; names of models in a list are no models."""
    assert told(
        tmp_path,
        ("policy", "tiers: [reasoning, frontier]", "tiers: [frontier, reasoning]\n      models: [big]"),
    ) == [
        'new/policy.yaml:11: RoutingPolicy rule math tiers: now in the order ["frontier", "reasoning"]',
        'new/policy.yaml:12: added RoutingPolicy rule math models: ["big"]',
    ]
    (tmp_path / "newer").mkdir()
    newer = Folder(tmp_path / "newer")
    newer.edit(
        "policy", "tiers: [reasoning, frontier]", "tiers: [frontier, reasoning]\n      models: [thinker, big]"
    )
    (one,) = differences(read_folder(tmp_path / "new"), read_folder(newer.path))
    assert (one.kind, one.what, one.after) == ("added to", "RoutingPolicy rule math models", "thinker")
    newer.edit("policy", "models: [thinker, big]", "models: [big]")
    newer.edit("policy", "tiers: [frontier, reasoning]", "tiers: [reasoning, small, frontier]")
    found = differences(read_folder(tmp_path / "new"), read_folder(newer.path))
    order = 'in the order ["reasoning", "small", "frontier"]'
    assert [(one.kind, one.after) for one in found] == [("added to", "small"), ("moved", order)]
    newer.edit("policy", "tiers: [reasoning, small, frontier]", "tiers: [small, frontier, reasoning]")
    found = differences(read_folder(tmp_path / "new"), read_folder(newer.path))
    order = 'in the order ["small", "frontier", "reasoning"]'
    assert [(one.kind, one.after) for one in found] == [("added to", "small"), ("moved", order)]


def test_long_texts_are_cut_where_they_part(tmp_path: Path) -> None:
    """What both begin with is not all that is shown."""
    same = " && ".join(f"tags.a{n} == 'b'" for n in range(20))
    rule = "    - name: default\n"
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    for name, last in (("old", "input_tokens > 1"), ("new", "input_tokens > 2 || stream")):
        Folder(tmp_path / name).edit("policy", rule, f'{rule}      when: "{same} && {last}"\n')
    (one,) = differences(read_folder(tmp_path / "old"), read_folder(tmp_path / "new"))
    assert difference_text(one).partition("when: ")[2] == (
        "...' && input_tokens > 1 > ...' && input_tokens > 2 || stream"
    )


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
