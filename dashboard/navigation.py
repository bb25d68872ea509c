"""The pages, and the way from the list of requests to one of them and back with the filters kept.

Their folder is not called `pages`: Streamlit would serve a folder of that name on its own, without the
entry script, to whoever opens a link before the first visit of the start page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from dashboard import text


@dataclass(frozen=True, slots=True)
class Shown:
    """One page: its file, its title, an icon of Streamlit's own font, and the last part of its address."""

    file: str
    title: str
    icon: str
    path: str


OVERVIEW: Final = Shown("views/overview.py", "Overview", ":material/dashboard:", "overview")
SPEND: Final = Shown("views/spend.py", "Spend & allocation", ":material/payments:", "spend")
CHANGES: Final = Shown("views/changes.py", "Why it changed", ":material/compare_arrows:", "changes")
SAVINGS: Final = Shown("views/savings.py", "Savings", ":material/savings:", "savings")
QUALITY: Final = Shown("views/quality.py", "Quality", ":material/verified:", "quality")
BUDGETS: Final = Shown(
    "views/budgets.py", "Budgets & forecast", ":material/account_balance_wallet:", "budgets"
)
MODELS: Final = Shown("views/models.py", "Models & procurement", ":material/memory:", "models")
POLICY: Final = Shown("views/policy.py", "Policy", ":material/rule:", "policy")
CLOSE: Final = Shown("views/close.py", "Close & exports", ":material/lock:", "close")
REQUESTS: Final = Shown("views/requests.py", "Requests", ":material/list:", "requests")
_MENU: Final = (OVERVIEW, SPEND, CHANGES, BUDGETS, SAVINGS, QUALITY, MODELS, REQUESTS, POLICY, CLOSE)
_REQUEST: Final = "views/request.py"
_ID: Final = "id"
_LIST: Final = "list"
_LIST_FILTERS: Final = ("period", "day", "team", "project", "workload", "model", "tier", "source")


def pages() -> list[st.Page]:
    """Every page of the app, in the menu's order; the first is the one without a path."""
    return [
        *(
            st.Page(one.file, title=one.title, icon=one.icon, url_path=one.path, default=one is OVERVIEW)
            for one in _MENU
        ),
        st.Page(_REQUEST, title="Request", url_path="request", visibility="hidden"),
    ]


def link(shown: Shown) -> None:
    """To a page as it is when nothing is chosen."""
    st.page_link(shown.file, label=shown.title, icon=shown.icon)


def changes_link(team: str) -> None:
    """To why a team's bill changed, week by week."""
    st.page_link(
        CHANGES.file,
        label=f"Why did the bill of {text.verbatim(team)} change?",
        icon=CHANGES.icon,
        query_params={"team": team},
    )


def requests_link(label: str, params: Mapping[str, str]) -> None:
    """To the single requests that a view is made of, by those of its filters that the list knows."""
    kept = {name: value for name, value in params.items() if name in _LIST_FILTERS}
    st.page_link(REQUESTS.file, label=label, icon=REQUESTS.icon, query_params=kept)


def open_request(request_id: str) -> NoReturn:
    """Go to the story of one request; the URL keeps the list's filters for the way back."""
    filters = urlencode(st.query_params.to_dict())
    # One parameter for all of them: Streamlit lets nobody else set the ones that belong to the widgets.
    st.switch_page(_REQUEST, query_params={_ID: request_id, _LIST: filters} if filters else {_ID: request_id})


def asked_request() -> str:
    """The id in the URL; empty when there is none."""
    return st.query_params.get(_ID, "")


def back_to_list() -> None:
    """A link to the list with the filters it had."""
    st.page_link(
        REQUESTS.file,
        label="All requests",
        icon=":material/arrow_back:",
        query_params=parse_qsl(st.query_params.get(_LIST, "")),
    )
