"""The Models page: evidence beside evidence, unit costs, and an own GPU against paying by the token."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert
from streamlit.testing.v1 import AppTest

from dashboard import access
from dashboard.access import LOCAL
from dashboard.filters import Filters
from dashboard.ledger import reading
from dashboard.queries import gpus, models
from router.books.months import microseconds
from router.domain.kinds import AttemptStatus, Verdict
from router.domain.roles import Principal, Role
from router.domain.teams import Team
from router.gpu.allocate import Basis
from router.record.book_tables import HOUR_US
from router.record.policies import Applied, add_version
from router.record.tables import gpu_allocations, gpu_hours
from tests.dashboard.conftest import OpenApp
from tests.dashboard.ledger_rows import Rows, a_request, an_attempt, rolled, write

POLICIES = Path(__file__).parents[2] / "policies"
DAY = date(2026, 10, 26)
MILLION = 10**6
DOLLAR = 10**12


def _answers(number: int, verdict: Verdict | None, start: int = 0) -> list[Rows]:
    """Mathematics by qwq-32b: a million tokens in and two out each."""
    rows = []
    for n in range(start, start + number):
        request = a_request(
            id=f"r{n}", tier="reasoning", model="qwq-32b", endpoint="vllm", task="math", verdict=verdict,
            uncached_input=MILLION, output=2 * MILLION, cost_pico=DOLLAR, baseline_pico=None,
        )  # fmt: skip
        attempt = an_attempt(
            request_id=request.id, tier="reasoning", model="qwq-32b", endpoint="vllm",
            uncached_input=MILLION, output=2 * MILLION, cost_pico=DOLLAR, input_price=0,
            output_price=DOLLAR // (2 * MILLION),
        )  # fmt: skip
        rows.append((request, (attempt,)))
    return rows


def _bill(url: str, hour: int, version: int, idle: int, work: int) -> None:
    """One hour of `vllm` for $2.50, of which `idle` pico-USD stood idle and $0.50 went to others."""
    engine = create_engine(url)
    key = {"endpoint": "vllm", "hour_us": microseconds(DAY) + hour * HOUR_US, "version": version}
    about = {"method": "rate", "basis": Basis.COUNTERS.value, "rate_id": "x", "created_us": 1, "actor": "ada"}
    lines = {"idle": idle, "outside": DOLLAR // 2}
    with engine.begin() as connection:
        figures = {"bill_pico": 5 * DOLLAR // 2, "work": work, "capacity": 100}
        connection.execute(insert(gpu_hours).values(**key, **about, **figures))
        for line, share in lines.items():
            row = {"line": line, "request_id": "", "n": 0, "work": 0, "share_pico": share}
            connection.execute(insert(gpu_allocations).values(**key, **row))
    engine.dispose()


def _apply(url: str) -> None:
    """The shipped policy, put in force from the database."""
    engine = create_engine(url)
    files = {path.name: path.read_text("utf-8") for path in POLICIES.glob("*.yaml")}
    add_version(engine, Applied(1, "digest", None, 1_794_000_000_000_000, "ada", "first"), files)
    engine.dispose()


@pytest.fixture
def filled(ledger_url: str) -> str:
    write(ledger_url, _answers(9, Verdict.PASSED) + _answers(1, Verdict.FAILED, 9))
    rolled(ledger_url)
    _apply(ledger_url)
    return ledger_url


def _html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.html)


def _lines(app: AppTest, table: int) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", app.html[table].proto.body)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows[1:]]
    return [[re.sub("<.*?>", "", cell) for cell in line] for line in cells]


def test_published_and_own_stand_side_by_side(open_app: OpenApp, filled: str) -> None:
    """A task's own verdicts stand beside its first published score, each with interval, n and source."""
    app = open_app(filled, "models", period="all", model="qwq-32b")
    assert not app.exception
    assert "policy version 1 of the ledger database, put in force by ada" in app.caption[1].value
    lines = _lines(app, 1)
    assert lines[0] == [
        "math", "AIME 2024", "79.5 %", "62.1 to 90.2 %", "30", "QwQ-32B release (qwen-release, 2025-03)",
        "90.0 %", "59.6 to 98.2 %", "10",
    ]  # fmt: skip
    assert [line[6] for line in lines if line[0] == "code"] == ["–"]


def test_unit_costs(open_app: OpenApp, filled: str) -> None:
    """Ten requests of a dollar, nine accepted, three million tokens each; and the price in force."""
    app = open_app(filled, "models", period="all")
    [line] = _lines(app, 0)
    assert line == [
        "qwq-32b", "$1.1111", "90.0 %", "59.6 to 98.2 %", "10", "$1.0000", "$0.3333", "10", "0 %",
        "$0.41 / $1.02",
    ]  # fmt: skip


def test_an_own_gpu_against_the_api(open_app: OpenApp, filled: str) -> None:
    """The bill of all hours so far beside what each frontier model would have cost, and the break-even."""
    app = open_app(filled, "models", period="all")
    hours = Fraction(int(datetime.now(UTC).timestamp() * 1e6) - microseconds(DAY), HOUR_US)
    line = next(line for line in _lines(app, 2) if line[0] == "gpt-5")
    # Ten million tokens in at $1.25, and twenty out at $10: as many, or ten answers of 1,500.
    assert line[1:4] == ["$1.25 / $10.00", "$212.50", "$12.65"]
    assert abs(float(line[4].replace("$", "").replace(",", "")) - float(hours * Fraction(5, 2))) < 2.6
    assert line[5] == "gpt-5"
    assert "this volume" in line[6]


def test_idle_hours(filled: str) -> None:
    """The version that counts of each hour, its idle and other clients' part, and utilisation by day."""
    _bill(filled, 3, 1, DOLLAR, 10)
    _bill(filled, 3, 2, 3 * DOLLAR // 2, 20)
    _bill(filled, 4, 1, 2 * DOLLAR, 30)
    with reading(filled, LOCAL) as connection:
        [day] = gpus.by_day(connection, Filters(first_day=DAY, last_day=DAY))
        assert gpus.by_day(connection, Filters(last_day=date(2026, 10, 25))) == []
    assert (day.endpoint, day.day, day.hours, day.counted) == ("vllm", "2026-10-26", 2, 2)
    assert (day.bill, day.idle, day.outside) == (5 * DOLLAR, 7 * DOLLAR // 2, DOLLAR)
    assert day.utilisation == 0.25


def test_the_page_shows_idle_hours_to_those_who_pay(
    open_app: OpenApp, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bill of a GPU is everybody's: a team lead sees no part of it."""
    _bill(filled, 3, 1, DOLLAR, 10)
    assert "70.0 %" not in _html(open_app(filled, "models", period="today"))
    shown = open_app(filled, "models", period="all")
    assert "$1.0000" in _html(shown) and "40.0 %" in _html(shown) and "10.0 %" in _html(shown)
    monkeypatch.setattr(
        access, "principal", lambda: Principal("lee", Role.TEAM_LEAD, (Team("acme", "support"),))
    )
    app = open_app(filled, "models", period="all")
    assert not app.exception
    assert "paid for by all teams together" in app.info[-1].value
    assert "vllm" not in _html(app)


def test_what_was_in_vain(ledger_url: str) -> None:
    """Attempts whose answer was not returned count against the model that was called."""
    request = a_request(id="1", attempts=2, answered_n=2, tier="frontier", model="gpt-5")
    failed = an_attempt(request_id="1", n=1, status=AttemptStatus.ERROR)
    good = an_attempt(request_id="1", n=2, tier="frontier", model="gpt-5")
    write(ledger_url, [(request, (failed, good))])
    rolled(ledger_url)
    with reading(ledger_url, LOCAL) as connection:
        assert models.in_vain(connection, Filters()) == {"gpt-5": (0, 1), "smollm2-135m": (1, 1)}
        work = models.work(connection, Filters())
    assert (work["gpt-5"].attempts, work["gpt-5"].input, work["gpt-5"].output) == (1, 100, 50)
    assert work["gpt-5"].answers == (("classification", 1),)
    assert work["smollm2-135m"].answers == ()


def test_without_a_stored_policy_it_says_where_the_catalog_is(
    open_app: OpenApp, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own evidence is there all the same; with the folder named, so are published scores."""
    write(sqlite_url, _answers(2, Verdict.PASSED))
    rolled(sqlite_url)
    monkeypatch.delenv("TIERGATE_POLICY_DIR", raising=False)
    app = open_app(sqlite_url, "models", period="all")
    assert not app.exception
    assert "only the gateway's policy folder has the catalog" in app.info[0].value
    assert _lines(app, 1) == [
        ["math", "nothing published", "", "", "", "", "100.0 %", "34.2 to 100.0 %", "2"]
    ]
    monkeypatch.setenv("TIERGATE_POLICY_DIR", str(POLICIES))
    app = open_app(sqlite_url, "models", period="all", model="qwq-32b")
    assert "the policy folder as it is now" in app.caption[1].value
    assert "AIME 2024" in _html(app)


def test_a_catalog_that_does_not_load_is_said(
    open_app: OpenApp, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The problem with file and line; own evidence is there all the same."""
    write(sqlite_url, _answers(2, Verdict.PASSED))
    rolled(sqlite_url)
    (tmp_path / "catalog.yaml").write_text("kind: ModelCatalogue\n", "utf-8")
    monkeypatch.setenv("TIERGATE_POLICY_DIR", str(tmp_path))
    app = open_app(sqlite_url, "models", period="all")
    assert not app.exception
    assert "does not load" in app.warning[0].value
    assert "catalog.yaml:1" in app.code[0].value
    assert "US$ per accepted" in _html(app)
