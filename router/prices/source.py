"""The open price source on disk: litellm's price map, as the installed package ships it, or a file.

The package is never imported: importing it takes seconds and may fetch the map from the network.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from router.prices.offer import Entry

_PACKAGE = "litellm"
_MAP = "model_prices_and_context_window_backup.json"


class NoSource(Exception):
    """There is no price source to read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PriceSource:
    """The entries by key, and what names this edition of them in a source note."""

    name: str
    digest: str
    entries: Mapping[str, Entry]


def open_source(file: Path | None) -> PriceSource:
    """The source in `file`, else that of the installed litellm. Raises NoSource."""
    if file is None:
        path, name = _installed(), f"litellm {importlib.metadata.version(_PACKAGE)}"
    else:
        path, name = file, file.name
    try:
        content = path.read_bytes()
        entries = json.loads(content, parse_float=Decimal)
    except OSError as error:
        raise NoSource(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise NoSource(f"{path}: not JSON: {error}") from error
    if not isinstance(entries, dict):
        raise NoSource(f"{path}: not a mapping of model names to prices")
    known = {key: entry for key, entry in entries.items() if isinstance(entry, dict)}
    return PriceSource(name, hashlib.sha256(content).hexdigest()[:12], known)


def _installed() -> Path:
    """Found without importing it. Raises NoSource."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise NoSource("litellm is not installed (extra `hosted`); give its price map with --file")
    return Path(found.origin).parent / _MAP
