"""Nothing lost and nothing double: whatever is corrected in whatever order, every sum is exact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from dashboard.access import LOCAL
from dashboard.filters import Filters
from dashboard.ledger import reading
from dashboard.queries import charges
from router.books.rollups.roll import roll
from router.corrections.run import late_usage, rerate
from router.domain.corrections import CorrectionKind
from router.domain.prices import PriceBook
from router.domain.usage import Usage
from router.record.engine import ledger_engine
from router.record.lines import as_done
from router.record.migrate import migrate
from router.record.summary import By, summary, total
from router.record.tables import attempts, corrections, requests
from router.record.write import LedgerWriter
from tests.corrections.made import MODELS, START_US, Costs, Made, Try, book, booked, rated, request, stamp

END_US = START_US + 1_000
COUNT = st.integers(0, 10**6)
USAGE = st.builds(Usage, COUNT, COUNT, COUNT, COUNT)
TRY = st.builds(Try, st.sampled_from(MODELS), st.none() | USAGE, st.sampled_from([True, True, False]))
PRICE = st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
BOOK = st.dictionaries(st.sampled_from(MODELS), PRICE).map(lambda prices: book(**prices))
BYS: tuple[By, ...] = ("tier", "team", "model", "day")


def fill(engine: Engine, made: Sequence[Made]) -> None:
    assert LedgerWriter(engine).insert([as_done(row, tries) for row, tries in made]) == []


def _known(costs: Sequence[int | None]) -> int:
    return sum(cost for cost in costs if cost is not None)


def agree(engine: Engine, url: str, costs: Costs) -> None:
    """The command line's and the dashboard's sums are those made by hand."""
    by_attempt = [cost for request_costs in costs for cost in request_costs]
    for by in BYS:
        whole = total(summary(engine, by))
        assert whole.cost + whole.corrections == _known(by_attempt), by
        assert whole.unknown == by_attempt.count(None), by
    roll(engine, (), END_US)
    with reading(url, LOCAL) as connection:
        sums = charges.totals(connection, Filters())
        cells = {by: charges.parts(connection, Filters(), by) for by in charges.BY}
        cells["day"] = charges.by_day(connection, Filters())
    assert sums.spend == _known(by_attempt)
    assert sums.unknown == by_attempt.count(None)
    for by, found in cells.items():
        assert sum(cell.sums.spend for cell in found) == _known(by_attempt), by
        assert sum(cell.sums.unknown for cell in found) == by_attempt.count(None), by


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(TRY, max_size=3), min_size=1, max_size=5),
    BOOK,
    st.lists(BOOK, min_size=1, max_size=3),
    st.data(),
)
def test_corrections_make_every_sum_what_it_ought_to_be(
    tries: list[list[Try]], first: PriceBook, later: list[PriceBook], data: st.DataObject
) -> None:
    """Re-ratings by one book after another and late reports in between; a run repeated changes nothing, and
    no row of a request or attempt has moved."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.sqlite'}"
        engine = ledger_engine(url)
        migrate(engine)
        made = [request(one, first, number) for number, one in enumerate(tries)]
        fill(engine, made)
        usages = {(a.request_id, a.n): t.usage for (_, found), one in zip(made, tries, strict=True)
                  for a, t in zip(found, one, strict=True) if t.usage is not None}  # fmt: skip
        before = _rows(engine)
        costs = booked(made)
        agree(engine, url, costs)
        for number, prices in enumerate(later):
            rerate(engine, prices, START_US, END_US, stamp(batch=f"r{number}"), dry_run=False)
            costs = rated(made, usages, prices, costs)
            agree(engine, url, costs)
            missing = [(a.request_id, a.n) for _, found in made for a in found if a.cost_state != "free"]
            late = {key: data.draw(USAGE) for key in missing if data.draw(st.booleans())}
            late_usage(engine, prices, late, stamp(CorrectionKind.LATE_USAGE, f"l{number}"), dry_run=False)
            for key in late:
                model = next(a.model for _, found in made for a in found if (a.request_id, a.n) == key)
                if (model, None) in prices.rows:
                    usages[key] = late[key]
            costs = rated(made, usages, prices, costs)
            agree(engine, url, costs)
            again = rerate(engine, prices, START_US, END_US, stamp(batch="again"), dry_run=False)
            assert again.corrections == 0
        assert _rows(engine) == before
        engine.dispose()


def _rows(engine: Engine) -> list[list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (requests, attempts)
        ]


def test_both_databases_correct_alike(ledger_url: str) -> None:
    """An unpriced attempt is priced, a known one re-rated, a retry that never reached anybody stays free."""
    engine = ledger_engine(ledger_url)
    migrate(engine)
    usage = Usage(100, 0, 0, 10)
    made = [
        request(
            [Try("small", usage), Try("big", usage, billable=False), Try("big", usage)], book(small=(1, 2, 3))
        ),
        request([Try("small", None)], book(small=(1, 2, 3)), 1),
    ]
    fill(engine, made)
    prices = book(small=(2, 2, 3), big=(10, 20, 30))
    report = rerate(engine, prices, START_US, END_US, stamp(), dry_run=True)
    assert (report.corrections, report.delta, _count(engine)) == (2, 100 + 1_200, 0)
    rerate(engine, prices, START_US, END_US, stamp(), dry_run=False)
    agree(engine, ledger_url, [[220, 0, 1_200], [None]])
    reported = {(made[1][1][0].request_id, 1): Usage(5, 0, 0, 1)}
    late_usage(engine, prices, reported, stamp(CorrectionKind.LATE_USAGE, "b2"), dry_run=False)
    agree(engine, ledger_url, [[220, 0, 1_200], [12]])
    assert _count(engine) == 3
    engine.dispose()


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(corrections)).scalar_one()
