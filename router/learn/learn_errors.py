"""How `tiergate learn` ends when it cannot do what was asked: one clear message and exit code 1.

Click's own code for wrong usage is 2, which here says that nothing was replaced. Must not
know what a version is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from router.learn.versions import VersionError
from router.policy.problems import PolicyRejected

_USAGE_ERROR = 1


class ErrorsEndWithOne(click.Group):
    """Wrong usage ends with 1: 2, click's own choice, says that nothing was replaced."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _usage_is_an_error():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _usage_is_an_error():
            return super().invoke(ctx)


@contextmanager
def _usage_is_an_error() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        error.show()
        raise click.exceptions.Exit(_USAGE_ERROR) from error


@contextmanager
def told() -> Iterator[None]:
    """What an admin can mend becomes one clear message and exit code 1."""
    try:
        yield
    except PolicyRejected as rejected:
        raise click.ClickException(f"the policy folder cannot be put in force:\n{rejected}") from rejected
    except (VersionError, OSError) as error:
        raise click.ClickException(str(error)) from error
