"""The app under test, run in this process by Streamlit's own test runner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import access

HOME = Path(__file__).parents[2] / "dashboard" / "Home.py"
OpenApp = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def at_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runner has no connection that somebody could come from: it is taken for this machine."""
    monkeypatch.setattr(access, "principal", lambda: access.LOCAL)


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> OpenApp:
    """`open_app(url, page, **query)` runs a page as its link would, in the environment it reads."""

    def opened(url: str, page: str = "overview", /, **query: str) -> AppTest:
        monkeypatch.setenv("TIERGATE_DATABASE_URL", url)
        app = AppTest.from_file(HOME, default_timeout=120)
        app.query_params.update(query)
        if page != "overview":
            app.run()
            app.switch_page(f"views/{page}.py")
            app.query_params.update(query)
            # A browser reads the address anew on every page. The test runner gives a widget that has a
            # default that default on a page's first run, and what the address says on the next.
            app.run()
        return app.run()

    return opened
