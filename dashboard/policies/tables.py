"""Rules, versions and differences as HTML tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import text
from dashboard.html_tables import Cell, Column, html_table
from dashboard.policies.rules import ShownRule
from router.lifecycle.diff import Difference
from router.record.policies import Applied

_MODES = {"enforce": "in force", "shadow": "shadow: decides nothing", "canary": "canary"}
_SHORT = 12


def rules(shown: Sequence[ShownRule], decided: int) -> str:
    """One line per rule, in order; the share is of all `decided` requests."""
    columns = [
        Column("#"), Column("Rule", figure=False), Column("When", figure=False, wrap=True),
        Column("Then", figure=False, wrap=True), Column("Mode", figure=False), Column("Decided"),
        Column("Share"),
    ]  # fmt: skip
    return html_table(columns, [_rule(rule, decided) for rule in shown])


def _rule(rule: ShownRule, decided: int) -> list[Cell | str]:
    idle = rule.mode == "shadow"
    number = "–" if idle else text.count(rule.decided)
    return [
        str(rule.place),
        rule.name,
        rule.when,
        rule.then,
        Cell(_MODES.get(rule.mode, rule.mode), quiet=rule.mode == "enforce"),
        Cell(number, quiet=not rule.decided),
        Cell("–" if idle else text.share(rule.decided, decided), quiet=not rule.decided),
    ]


def versions(applied: Sequence[Applied], in_force: int | None) -> str:
    """One line per version, the newest first; the one in force is set off."""
    columns = [
        Column("Version"), Column("Digest", figure=False), Column("Since", figure=False),
        Column("By", figure=False), Column("Why", figure=False, wrap=True),
    ]  # fmt: skip
    lines: list[list[Cell | str]] = [
        [str(one.version), one.digest, text.instant(one.applied_us), one.applied_by, one.reason]
        for one in applied
    ]
    numbers = [one.version for one in applied]
    return html_table(columns, lines, strong=numbers.index(in_force) if in_force in numbers else None)


def differences(found: Sequence[Difference]) -> str:
    """What one says differently from the other, field by field."""
    columns = [
        Column("", figure=False), Column("What", figure=False, brief=True),
        Column("Before", figure=False, brief=True), Column("After", figure=False, brief=True),
        Column("Where", figure=False, brief=True),
    ]  # fmt: skip
    nothing = Cell(text.NONE, quiet=True)
    lines: list[list[Cell | str]] = [
        [one.kind, one.what, one.before or nothing, one.after or nothing, Cell(one.where, quiet=True)]
        for one in found
    ]
    return html_table(columns, lines)


def short(digest: str) -> str:
    """Enough of it to tell versions apart at a glance."""
    return digest[:_SHORT]
