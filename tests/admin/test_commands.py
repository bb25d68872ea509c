"""The commands that make credentials and keys: a team is one organisation's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIERGATE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("TIERGATE_DATABASE_URL", raising=False)
    return tmp_path


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.mark.usefixtures("folder")
def test_a_lead_s_team_has_its_organisation() -> None:
    """Made with it, listed with it; a name alone is refused before anything is made."""
    lead = ("admin", "credentials", "create", "lee", "--role", "team_lead", "--team")
    bare = _run(*lead, "search")
    assert bare.exit_code == 2 and "write ORGANISATION/TEAM, such as acme/search" in bare.output
    made = json.loads(_run(*lead, "acme/search", "--json").stdout)
    assert made["teams"] == ["acme/search"]
    assert "acme/search" in _run("admin", "credentials", "list").stdout
    (known,) = json.loads(_run("admin", "credentials", "list", "--json").stdout)
    assert (known["id"], known["teams"]) == (made["id"], ["acme/search"])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("organisation", ["acme/eu", "", " "])
def test_an_organisation_is_told_from_its_teams(organisation: str) -> None:
    """`acme/eu` would read like a team of acme; no name at all like no team."""
    run = _run("keys", "create", "--organisation", organisation, "--team", "search", "--project", "p")
    assert run.exit_code == 2 and "without a slash" in " ".join(run.output.split())
