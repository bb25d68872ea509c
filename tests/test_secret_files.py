"""Secrets by file: which are read, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from router.secret_files import read_secret_files


def test_what_is_read(tmp_path: Path) -> None:
    """Names that end as secrets do; a line break at the end is not part of one."""
    (tmp_path / "key").write_text("sk-1\n")
    environment = {"OPENAI_API_KEY_FILE": f"{tmp_path}/key", "SSL_CERT_FILE": "/nowhere", "A_TOKEN_FILE": ""}
    read_secret_files(environment)
    assert environment["OPENAI_API_KEY"] == "sk-1"
    assert "SSL_CERT" not in environment and "A_TOKEN" not in environment


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """The variable and the file are named, never what either holds."""
    with pytest.raises(click.ClickException, match=r"A_TOKEN_FILE: .*nothing cannot be read: No such file"):
        read_secret_files({"A_TOKEN_FILE": f"{tmp_path}/nothing"})
    with pytest.raises(click.ClickException, match=r"^A_TOKEN and A_TOKEN_FILE are both set; unset one$"):
        read_secret_files({"A_TOKEN_FILE": f"{tmp_path}/nothing", "A_TOKEN": "t"})
