"""Defects in the log: what and where, never what they say."""

from __future__ import annotations

import logging

from router.faults import WithoutTexts, told

SECRET = "the moon is made of zinc"


def _fails() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise ValueError(f"no {SECRET}") from error


def _caught() -> ValueError:
    try:
        _fails()
    except ValueError as error:
        return error
    raise AssertionError


def test_what_is_told() -> None:
    """Types, files and lines, of causes as well."""
    said = told(_caught())
    assert SECRET not in said
    assert (
        "ValueError" in said and "after KeyError" in said and "test_faults.py" in said and "in _fails" in said
    )


def test_logs_of_libraries() -> None:
    """Their tracebacks lose their last line, and nothing else."""
    error = _caught()
    record = logging.LogRecord(
        "x", logging.ERROR, "f", 1, "Exception in %s\n", ("app",), (ValueError, error, None)
    )
    assert WithoutTexts().filter(record)
    text = logging.Formatter("%(message)s").format(record)
    assert SECRET not in text and text.startswith("Exception in app ValueError\n") and "in _fails" in text
