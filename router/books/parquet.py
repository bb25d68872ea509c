"""pyarrow, where it is installed."""

from __future__ import annotations

import importlib
from typing import Any


class NoParquet(RuntimeError):
    """pyarrow is not installed."""


def arrow_modules() -> tuple[Any, Any]:
    """`pyarrow` and `pyarrow.parquet`, imported on first use: it takes half a second. Raises NoParquet."""
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise NoParquet("Parquet needs pyarrow: pip install 'tiergate[parquet]'") from error
