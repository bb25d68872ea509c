"""The BudgetSet document: what it compiles to, and what is said of mistakes in it, with their lines."""

from __future__ import annotations

import pytest

from router.domain.budget import NO_BUDGETS, Enforcement, WhenSpent
from router.domain.budget_period import PeriodKind
from router.domain.kinds import Tier
from router.domain.money import PICO_PER_USD
from router.policy.summary import summary
from tests.policy.conftest import Folder

BUDGETS = """\
apiVersion: tiergate.dev/v1
kind: BudgetSet
metadata: {name: budgets, owner: finance}
spec:
  budgets:
    - name: team-a
      match: {team: [a, "b-*"], tier: [frontier]}
      period: month
      time_zone: Europe/Berlin
      limit_usd: 1250.50
      enforcement: hard
      when_spent: deny
      self_hosted: free
      email: [cfo@example.com]
    - name: all
      period: day
      limit_usd: 10
      enforcement: soft
"""


@pytest.fixture
def budgets(folder: Folder) -> Folder:
    (folder.path / "budgets.yaml").write_text(BUDGETS, "utf-8")
    return folder


def test_the_file_may_be_left_out(folder: Folder) -> None:
    """Then there are no budgets."""
    assert folder.load().budgets == NO_BUDGETS


def test_budgets_are_compiled(budgets: Folder) -> None:
    """Every field arrives, and what is left out has its default."""
    bundle = budgets.load()
    first, second = bundle.budgets.all
    assert (first.scope.team, first.scope.tier) == (("a", "b-*"), frozenset({Tier.FRONTIER}))
    assert (first.limit, first.period, str(first.zone)) == (
        1250 * PICO_PER_USD + PICO_PER_USD // 2,
        PeriodKind.MONTH,
        "Europe/Berlin",
    )
    assert (first.enforcement, first.when_spent, first.self_hosted) == (
        Enforcement.HARD,
        WhenSpent.DENY,
        False,
    )
    assert second.thresholds == (50, 80, 100) and not second.hard and second.scope.given() == {}
    assert "team-a  team a|b-*; tier frontier  $1,250.50 a month (Europe/Berlin)" in summary("x", bundle)


def test_a_budget_is_part_of_the_digest(budgets: Folder) -> None:
    """A changed limit is another policy; a changed comment is not."""
    before = budgets.load().digest
    budgets.edit("budgets", "limit_usd: 10\n", "limit_usd: 10 # as agreed\n")
    assert budgets.load().digest == before
    budgets.edit("budgets", "limit_usd: 10 #", "limit_usd: 11 #")
    assert budgets.load().digest != before


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("name: all", "name: team-a", "15: budget 'team-a' is already defined on line 6; rename one"),
        (
            "tier: [frontier]",
            "tier: [small]",
            "7: tier 'small': no model has it; known: frontier, reasoning",
        ),
        (
            "tier: [frontier]",
            "model: [bigg]",
            "7: model 'bigg': the catalog lacks it; did you mean 'big'? known: big, thinker",
        ),
        (
            "Europe/Berlin",
            "Berlin",
            "9: spec.budgets[0].time_zone must be an IANA time zone such as UTC or Europe/Berlin",
        ),
        (
            "limit_usd: 10\n",
            "limit_usd: 0\n",
            "15: spec.budgets[1]: limit_usd must be above 0 and at most 9,000,000",
        ),
        (
            "limit_usd: 10\n",
            "limit_usd: 10000000\n",
            "15: spec.budgets[1]: limit_usd must be above 0 and at most 9,000,000",
        ),
        (
            "enforcement: soft",
            "enforcement: soft\n      when_spent: deny",
            "15: spec.budgets[1]: when_spent is for hard budgets: a soft one refuses nothing",
        ),
        (
            "enforcement: soft",
            "enforcement: soft\n      thresholds: [80, 50]",
            "15: spec.budgets[1]: thresholds must rise, each given once",
        ),
        (
            "period: day",
            "period: daily",
            "16: spec.budgets[1].period is 'daily'; it must be one of day, week, month; did you mean 'day'?",
        ),
        (
            "cfo@example.com",
            "the cfo",
            "14: spec.budgets[0].email[0] must be an e-mail address such as finance@example.com",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(budgets: Folder, old: str, new: str, problem: str) -> None:
    """What is wrong, where, and what would be right."""
    budgets.edit("budgets", old, new)
    assert budgets.problems() == [f"budgets.yaml:{problem}"]
