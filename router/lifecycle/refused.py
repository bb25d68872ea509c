"""Refused documents on the command line: every problem on a line of its own, exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from router.policy.problems import PolicyRejected


@contextmanager
def refused_policy() -> Iterator[None]:
    """Turns PolicyRejected into the end of the command."""
    try:
        yield
    except PolicyRejected as rejected:
        click.echo("\n".join(str(problem) for problem in rejected.problems))
        raise click.ClickException(f"{len(rejected.problems)} problems; nothing was done") from None
