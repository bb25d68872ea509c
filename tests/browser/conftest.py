"""A real dashboard process on a real ledger, and a real Chromium to look at it.

Chromium is the system's own: TIERGATE_CHROMIUM, else the first found on the path; without one these tests
are skipped. Nothing is downloaded, and the browser is told to call nobody.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from router.domain.records import VerdictRecord
from tests.dashboard.budget_rows import a_budget
from tests.dashboard.ledger_month import month
from tests.dashboard.ledger_rows import BASELINE, Opinion, Rows, rolled, write
from tests.record.rows import feedback, judge_call, judgement, verdict

expect.set_options(timeout=20_000)
"""Milliseconds: a busy machine takes longer than the usual five seconds to draw a first page."""
ROOT = Path(__file__).parents[2]
NUMBER = 600
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A running dashboard and the rows that it shows; of the request `judged` there are opinions."""

    url: str
    rows: list[Rows]
    judged: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A browser page with what went wrong on it: console errors, and requests to anybody else."""

    page: Page
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """`streamlit run dashboard/Home.py` on a ledger of one month that ends today."""
    data = tmp_path_factory.mktemp("data")
    rows = month(datetime.now(UTC).date(), NUMBER)
    judged = next(request for request, attempts in rows if len(attempts) == 2 and request.model)
    url = f"sqlite:///{data / 'ledger.sqlite'}"
    write(url, rows, *_opinions(judged.id))
    rolled(url)
    a_budget(url, "support-month", {"team": ["support"]}, 60)
    with started(["dashboard/Home.py"], data) as address:
        yield Dashboard(address, rows, judged.id)


@contextmanager
def started(what: Sequence[str], data: Path, port: int | None = None, **environ: str) -> Iterator[str]:
    """`streamlit run` of an app on the ledger in `data`; its address."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", *what, "--server.port", str(port)]
    env = {**os.environ, "TIERGATE_DATA_DIR": str(data), "TIERGATE_DATABASE_URL": "", **environ}
    log = data / f"streamlit-{port}.log"
    with log.open("w") as sink:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=sink)
    assert process.stdout is not None
    try:
        if not any(b"URL:" in line for line in process.stdout):
            pytest.fail(f"the dashboard did not start: {log.read_text()}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def _opinions(request_id: str) -> tuple[list[VerdictRecord], list[Opinion]]:
    """What was verified, judged and reported of the second attempt's answer."""
    baseline = {"purpose": "baseline", "model": BASELINE, "endpoint": "api.frontier.example"}
    return [verdict(request_id, 2, evidence="3 of 3 tests hold")], [
        judgement(request_id, 2, other="baseline", other_model=BASELINE, reason="It says why."),
        judge_call(request_id, 1, 2, **baseline),
        judge_call(request_id, 2, 2),
        judge_call(request_id, 3, 2, cost_pico=None, cost_state="usage_missing", status="interrupted"),
        feedback(request_id, 1, thumb="down"),
        feedback(request_id, 2, label="too-long", comment="Half of it would do.", edit_distance=0.25),
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium. Closed with its module: Playwright's loop would be in the way of async tests."""
    given = os.environ.get("TIERGATE_CHROMIUM")
    found = given or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no Chromium: install one of {', '.join(_NAMES)}, or set TIERGATE_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A fresh page of a common size that notes errors and foreign requests."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    found = Watched(context.new_page())

    def heard(message: ConsoleMessage) -> None:
        # Streamlit looks for its own endpoints below the page's path first, and finds them at the root.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            found.errors.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            found.strangers.append(request.url)

    found.page.on("console", heard)
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    found.page.on("request", asked)
    yield found
    context.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
