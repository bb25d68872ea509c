"""Secrets by file: which are read, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from router.secret_files import secrets_from_files


def test_what_is_read(tmp_path: Path) -> None:
    """Names that end as secrets do; a line break at the end is not part of one."""
    (tmp_path / "key").write_text("sk-1\n")
    environment = {"OPENAI_API_KEY_FILE": f"{tmp_path}/key", "SSL_CERT_FILE": "/nowhere", "A_TOKEN_FILE": ""}
    before = dict(environment)
    with secrets_from_files(environment):
        assert environment["OPENAI_API_KEY"] == "sk-1"
        assert "SSL_CERT" not in environment and "A_TOKEN" not in environment
        with secrets_from_files(environment):
            assert environment["OPENAI_API_KEY"] == "sk-1", "a process started from there finds it given once"
    assert environment == before


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """The variable and the file are named, never what either holds."""
    nothing = {"A_TOKEN_FILE": f"{tmp_path}/nothing"}
    for environment, said in (
        (nothing, r"A_TOKEN_FILE: .*nothing cannot be read: No such file"),
        (nothing | {"A_TOKEN": "t"}, r"^A_TOKEN and A_TOKEN_FILE are both set; unset one$"),
    ):
        with pytest.raises(click.ClickException, match=said), secrets_from_files(environment):
            pass
