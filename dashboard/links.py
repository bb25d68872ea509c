"""Addresses of views: what a table's line leads to. Pure; a view's filters are its address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dashboard.filters import NOT_NAMED

NEXT = {"team": "workload", "project": "workload", "workload": "model", "model": "team", "tier": "model"}
"""What a part of a breakdown is broken down by when it is opened."""


def link(page: str, params: Mapping[str, str | None]) -> str:
    """The address of a page, relative to its neighbours; parameters without a value are left out."""
    given = {name: value for name, value in params.items() if value}
    return f"{page}?{urlencode(given)}" if given else page


def opened(by: str, name: str | None, params: Mapping[str, str]) -> str | None:
    """The Spend page narrowed to one part of its breakdown; None: such parts cannot be filtered by."""
    if by not in NEXT or (name is None and by != "workload"):
        return None
    return link("spend", {**params, by: name or NOT_NAMED, "by": NEXT[by]})
