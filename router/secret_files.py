"""Secrets by file: `NAME_FILE` holds the path of a file with the value of `NAME`, as Docker and Kubernetes
mount them. Only for names that end as secrets do, so that `SSL_CERT_FILE` and the like stay what they are."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

import click

_SECRETS = ("_KEY", "_TOKEN", "_URL", "_SECRET", "_PASSWORD")
_FILE = "_FILE"
_LONGEST = 65_536


@contextmanager
def secrets_from_files(environment: MutableMapping[str, str]) -> Iterator[None]:
    """Meanwhile the values of such files are in `environment`, in place of their files' names, so that a
    process started from here finds each secret given once. A line break at the end is the editor's. Raises
    ClickException for a file that cannot be read, and where a value is given twice."""
    found = {}
    for given, path in environment.items():
        name = given.removesuffix(_FILE)
        if name != given and name.endswith(_SECRETS) and path:
            if environment.get(name):
                raise click.ClickException(f"{name} and {given} are both set; unset one")
            found[name] = (_content(given, Path(path)), path)
    for name, (value, _) in found.items():
        environment[name] = value
        del environment[name + _FILE]
    try:
        yield
    finally:
        for name, (_, path) in found.items():
            environment.pop(name, None)
            environment[name + _FILE] = path


def _content(given: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise click.ClickException(f"{given}: {path} cannot be read: {reason}") from None
