"""Secrets by file: `NAME_FILE` holds the path of a file with the value of `NAME`, as Docker and Kubernetes
mount them. Only for names that end as secrets do, so that `SSL_CERT_FILE` and the like stay what they are."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

import click

_SECRETS = ("_KEY", "_TOKEN", "_URL", "_SECRET", "_PASSWORD")
_FILE = "_FILE"
_LONGEST = 65_536


def read_secret_files(environment: MutableMapping[str, str]) -> None:
    """Puts the values of such files into `environment`, once, at the start. A line break at the end is the
    editor's. Raises ClickException for a file that cannot be read, and where a value is given twice."""
    for given, path in list(environment.items()):
        name = given.removesuffix(_FILE)
        if name == given or not name.endswith(_SECRETS) or not path:
            continue
        if environment.get(name):
            raise click.ClickException(f"{name} and {given} are both set; unset one")
        try:
            with Path(path).open(encoding="utf-8") as file:
                environment[name] = file.read(_LONGEST).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise click.ClickException(f"{given}: {path} cannot be read: {reason}") from None
