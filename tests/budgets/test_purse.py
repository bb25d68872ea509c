"""A request's purse: all accounts or none, what is for free, and what is said when money is short."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router.budgets.accounts import Accounts
from router.budgets.purse import Purses, RequestPurse
from router.domain.budget import Account, Budget, Budgets, Enforcement, Hold, Scope, Shortage, WhenSpent
from router.domain.budget_bound import Demand, dearest
from router.domain.caller import Caller
from router.domain.decision import Candidate, Constraint
from router.domain.kinds import Tier
from router.domain.money import PicoUSD
from router.policy.decide import decide
from tests.budgets.build import NOON_US, budget, usd
from tests.policy.build import NOW, catalog, facts, model, policy, prices, rule

CALLER = Caller("k1", "acme", "a", "p")
MODELS = catalog(model("dear", Tier.FRONTIER, 0.9), model("gratis", Tier.SMALL, 0.5))
PRICES = prices(dear=(1_000_000, 2_000_000), gratis=(0, 0))
DEMAND = Demand(1000, 1000)
MOST = 1000 * 1_000_000 + 1000 * 2_000_000


class Bank:
    """Lends nothing, but counts who asks."""

    def __init__(self, more: int = 0) -> None:
        self.asked = 0
        self.more = more

    async def lend(self, account: Account, amount: int) -> None:
        self.asked += 1
        account.allowance = (account.allowance or 0) + self.more


class Till:
    """A purse and the accounts behind it."""

    def __init__(self, *budgets: Budget, more: int = 0) -> None:
        self.bank = Bank(more)
        self.told: list[str] = []
        accounts = Accounts("g")
        accounts.put_in_force(Budgets(budgets, frozenset({"gratis-1"})))
        self.purses = Purses(accounts, self.bank, self.told.append)
        self.accounts = {one.name: accounts.account(one, NOON_US) for one in budgets}
        for account in self.accounts.values():
            account.allowance, account.pool, account.elsewhere = account.budget.limit, 0, 0

    def purse(self) -> RequestPurse:
        found = self.purses.purse(CALLER, None, NOON_US, lambda: DEMAND)
        assert found is not None
        return found

    def room(self, name: str, amount: int) -> None:
        self.accounts[name].allowance = amount


def candidate(name: str) -> Candidate:
    decision = decide(facts(), policy(rule()), MODELS, PRICES)
    return next(one for one in decision.candidates if one.model.name == name)


def test_nobody_counts_what_no_budget_matches() -> None:
    """Another team's budget is no reason for a purse."""
    till = Till(budget(scope=Scope(team=("b",))))
    assert till.purses.purse(CALLER, None, NOON_US, lambda: DEMAND) is None


async def test_all_accounts_or_none() -> None:
    """A call that fits one budget and not the other takes nothing of either."""
    till = Till(budget("wide", 10), budget("narrow", 10))
    till.room("narrow", MOST - 1)
    short = await till.purse().hold(candidate("dear"))
    assert isinstance(short, Shortage) and short.spent and "narrow" in short.reason
    assert [account.held for account in till.accounts.values()] == [0, 0]
    till.room("narrow", MOST)
    held = await till.purse().hold(candidate("dear"))
    assert isinstance(held, Hold) and [one.held for one in till.accounts.values()] == [MOST, MOST]
    held.settle(PicoUSD(5))
    held.settle(PicoUSD(7))
    assert [(one.held, one.used) for one in till.accounts.values()] == [(0, 5), (0, 5)]


async def test_budgets_of_a_model_count_only_its_calls() -> None:
    """Cumulative over all levels: caller, model and tier."""
    till = Till(budget("tier", scope=Scope(tier=frozenset({Tier.SMALL}))), budget("all"))
    held = await till.purse().hold(candidate("dear"))
    assert isinstance(held, Hold) and [one.held for one in till.accounts.values()] == [0, MOST]


async def test_soft_budgets_refuse_nothing() -> None:
    """They count, beyond their limit too."""
    till = Till(budget("soft", 0.0001, enforcement=Enforcement.SOFT))
    held = await till.purse().hold(candidate("dear"))
    assert isinstance(held, Hold)
    held.settle(None)
    assert till.accounts["soft"].used == MOST


async def test_more_is_asked_for_only_where_there_may_be_some() -> None:
    """Where the pool is known to be empty nobody asks; where it is not known the refusal says so."""
    till = Till(budget("b"), more=MOST)
    till.room("b", 0)
    assert isinstance(await till.purse().hold(candidate("dear")), Shortage) and till.bank.asked == 0
    till.accounts["b"].pool = MOST
    assert isinstance(await till.purse().hold(candidate("dear")), Hold) and till.bank.asked == 1
    till.bank.more, till.accounts["b"].pool, till.accounts["b"].trouble = 0, None, "Valkey is away"
    short = await till.purse().hold(candidate("dear"))
    assert short == Shortage("budget 'b': Valkey is away", spent=False)


def decided(till: Till) -> tuple[list[str], dict[str, Constraint]]:
    purse = till.purse()
    top = dearest(MODELS.models.values(), (price for found in PRICES.rows.values() for price in found))
    unaffordable = purse.unaffordable(MODELS, PRICES, NOW, top)
    decision = decide(facts(), policy(rule()), MODELS, PRICES, unaffordable=unaffordable)
    decision = purse.closed(decision)
    return (
        [one.model.name for one in decision.candidates],
        {one.model: one.constraint for one in decision.removed},
    )


def test_a_spent_budget_leaves_what_costs_nothing() -> None:
    """Unless it denies; and one that denies elsewhere, with money left, has no say."""
    rich = budget("rich", 10, when_spent=WhenSpent.DENY)
    for when, left in ((WhenSpent.FREE_CANDIDATES, ["gratis"]), (WhenSpent.DENY, [])):
        till = Till(budget("b", when_spent=when), rich)
        assert sorted(decided(till)[0]) == ["dear", "gratis"]
        till.room("b", MOST - 1)
        names, removed = decided(till)
        assert names == left and removed["dear"] is Constraint.BUDGET
        assert till.told == ["b"]


def test_self_hosted_endpoints_can_be_left_out() -> None:
    """They are paid by the hour, so a budget may neither count nor refuse them, whatever it does
    otherwise."""
    till = Till(budget("b", self_hosted=False, when_spent=WhenSpent.DENY))
    assert [
        one.budget.name
        for one in till.purse()._covering(MODELS.models["gratis"], MODELS.models["gratis"].endpoints[0])
    ] == []


@given(st.lists(st.tuples(st.integers(0, 100), st.none() | st.integers(0, 100)), max_size=40))
def test_spent_and_held_never_pass_the_limit(calls: list[tuple[int, int | None]]) -> None:
    """Whatever is held and settled in whatever order, at no more than was held."""
    account = Account(budget("b", 1), Accounts("g").account(budget("b", 1), NOON_US).period, 1, usd(1), 0)
    waiting: list[Hold] = []
    for share, cost in calls:
        amount = PicoUSD(usd(1) * share // 100)
        if account.fits(amount, account.room):
            account.held += amount
            waiting.append(Hold(amount, "g:1", (account,)))
        if cost is not None and waiting:
            hold = waiting.pop(cost % len(waiting))
            hold.settle(PicoUSD(hold.amount * cost // 100))
        assert account.used + account.held <= usd(1) and account.held >= 0
    for hold in waiting:
        hold.settle(None)
    assert account.held == 0 and account.used <= usd(1)
