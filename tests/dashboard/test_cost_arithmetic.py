"""The cost of a request can be redone from its rows, and whatever does not add up is named."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import cost_tables, text
from dashboard.cost_arithmetic import disagreements
from router.domain.arithmetic import attempt_cost, products
from router.domain.kinds import CostState
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import FRONTIER, NO_PRICE, a_request, an_attempt, prices

CACHED: dict[str, Any] = {
    "uncached_input": 1_204, "cache_read": 98_304, "cache_write": 12_011, "output": 733,
    "cost_pico": 68_608_500_000, **prices(FRONTIER),
}  # fmt: skip
"""1,204 x 2.50 + 98,304 x 0.25 + 12,011 x 2.50 + 733 x 15.00 = 68,608.5 US dollars per 1M."""
UNKNOWN_TOKENS: dict[str, Any] = dict.fromkeys(("uncached_input", "cache_read", "cache_write", "output"))


def _lines(html: str) -> list[list[str]]:
    """The texts of the table's body, line by line, without empty cells."""
    body = html[html.index("<tbody>") :]
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in body.split("</tr>")]
    return [[cell for cell in line if cell] for line in lines if line]


def test_a_cached_answer_is_itemised_by_direction() -> None:
    """Each direction shows tokens, price per 1M tokens and exact product, and they add up to the cost."""
    html = cost_tables.arithmetic(a_request(cost_pico=68_608_500_000), [an_attempt(**CACHED)])
    assert _lines(html) == [
        ["1 · smollm2-135m · gpt-frontier@2026-10-01"],
        ["input", "1,204", "$2.50", "$0.0030100"],
        ["cache read", "98,304", "$0.25", "$0.0245760"],
        ["cache write", "12,011", "$2.50", "$0.0300275"],
        ["output", "733", "$15.00", "$0.0109950"],
        ["Cost of attempt 1", "$0.0686085"],
        ["Cost of the request: attempt 1", "$0.0686085"],
    ]
    assert "alarm" not in html[html.index("<tbody>") :]


def test_attempts_add_up_to_the_request() -> None:
    """Two attempts are itemised one after the other; directions without tokens are left out."""
    attempts = [an_attempt(n=1), an_attempt(n=2, **CACHED)]
    request = a_request(attempts=2, cost_pico=68_613_500_000)
    lines = _lines(cost_tables.arithmetic(request, attempts))
    assert [line[0].split(" · gpt")[0] for line in lines] == [
        "1 · smollm2-135m · smollm2-135m@2026-10-01", "input", "output", "Cost of attempt 1",
        "2 · smollm2-135m", "input", "cache read", "cache write", "output", "Cost of attempt 2",
        "Cost of the request: attempts 1 + 2",
    ]  # fmt: skip
    assert [line[-1] for line in lines if line[0].startswith("Cost")] == [
        "$0.0000050", "$0.0686085", "$0.0686135",
    ]  # fmt: skip
    assert disagreements(request, attempts) == []


@pytest.mark.parametrize(
    ("changes", "last_cells"),
    [
        ({"cost_state": CostState.ESTIMATED, "usage_estimated": True},
         ["$0.000002", "$0.000003", "estimated $0.000005"]),
        ({"cost_state": CostState.UNPRICED, "cost_pico": None, **NO_PRICE},
         ["unknown", "unknown", "unknown (unpriced)"]),
        ({"cost_state": CostState.USAGE_MISSING, "cost_pico": None, **UNKNOWN_TOKENS},
         ["unknown (usage missing)"]),
        ({"cost_state": CostState.FREE, "cost_pico": 0, **UNKNOWN_TOKENS}, ["$0.00"]),
        ({"cost_state": CostState.UNPRICED, "cost_pico": None, **NO_PRICE, "uncached_input": 0, "output": 0},
         ["unknown (unpriced)"]),
    ],
)  # fmt: skip
def test_what_is_no_fact_says_so(changes: dict[str, Any], last_cells: list[str]) -> None:
    """Estimates are marked, unknown stays a word, and neither is taken for a contradiction."""
    attempt = an_attempt(**changes)
    request = a_request(cost_pico=attempt.cost_pico, cost_state=attempt.cost_state)
    lines = _lines(cost_tables.arithmetic(request, [attempt]))
    assert lines[0][0].startswith("1 · smollm2-135m · ")
    assert [line[-1] for line in lines[1:-1]] == last_cells
    assert lines[-1][-1] == last_cells[-1]
    assert disagreements(request, [attempt]) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cost_pico": 5_000_001}, "cost is $0.000005000001, and its tokens and prices make $0.000005."),
        ({"cost_pico": None}, "stored cost is unknown, and its tokens and prices make $0.000005."),
        ({"cache_write": 1}, "make $0.00000502."),
        (NO_PRICE, "stored cost is $0.000005, and its tokens and prices do not say what it is."),
        ({"output": None}, "and its tokens and prices do not say what it is."),
        ({"cost_state": CostState.FREE}, "stored cost is $0.000005, and its tokens and prices make $0."),
    ],
)  # fmt: skip
def test_a_stored_cost_that_is_not_its_arithmetic_is_named(changes: dict[str, Any], words: str) -> None:
    """One pico-dollar too much, a cost without a price, a missing count: each is said with both figures."""
    attempt = an_attempt(**changes)
    request = a_request(cost_pico=attempt.cost_pico)
    [found] = disagreements(request, [attempt])
    assert found.startswith("Attempt 1: ")
    assert found.endswith(words)


def test_a_wrong_sum_stands_under_the_right_one() -> None:
    """In the table the figure that the lines make is an alarm directly above the stored one."""
    request = a_request(cost_pico=5_000_003)
    html = cost_tables.arithmetic(request, [an_attempt(cost_pico=5_000_001)])
    assert _lines(html)[-4:] == [
        ["What these lines make", "$0.000005000000"],
        ["Cost of attempt 1, as stored", "$0.000005000001"],
        ["What the attempts make", "$0.000005000001"],
        ["Cost of the request: attempt 1, as stored", "$0.000005000003"],
    ]
    assert html.count('class="num alarm"') == 4


def test_a_lost_attempt_is_named() -> None:
    """A request that counts more attempts than the ledger holds, and costs more, is two contradictions."""
    request = a_request(attempts=2, cost_pico=9_000_000)
    count, cost = disagreements(request, [an_attempt()])
    assert count == "The request's row counts 2 attempts, and the ledger holds 1."
    assert cost == "The request: the stored cost is $0.000009, and its attempts make $0.000005."


def test_a_plausible_month_holds_no_contradiction() -> None:
    """Every request of a month with all kinds of failures can be recomputed from its own rows."""
    rows = month(date(2026, 11, 20), 800)
    assert [found for request, attempts in rows if (found := disagreements(request, attempts))] == []


def test_every_direction_counts() -> None:
    """Changing any token count or price of an attempt changes its cost."""
    attempt = an_attempt(**CACHED)
    names = ("uncached_input", "cache_read", "cache_write", "output", "input_price", "cache_read_price",
             "cache_write_price", "output_price")  # fmt: skip
    changed = {attempt_cost(replace(attempt, **{name: getattr(attempt, name) + 1})) for name in names}
    assert attempt_cost(attempt) not in changed
    assert len(products(attempt)) == 4


@given(st.lists(st.none() | st.integers(min_value=0, max_value=9 * 10**18), max_size=5))
def test_exact_places_lose_no_digit(amounts: list[int | None]) -> None:
    """With these decimals every amount is shown exactly, and with one fewer not all are."""
    places = text.exact_places(amounts)
    known = [amount for amount in amounts if amount is not None]
    for amount in known:
        shown = text.money(amount, places).replace("$", "").replace(",", "")
        assert int(shown.replace(".", "")) * 10 ** (12 - places) == amount
    assert places == 2 or any(amount % 10 ** (13 - places) for amount in known)
