"""The pages, and the way from the list of requests to one of them and back with the filters kept.

Their folder is not called `pages`: Streamlit would serve a folder of that name on its own, without the
entry script, to whoever opens a link before the first visit of the start page.
"""

from __future__ import annotations

from typing import Final, NoReturn
from urllib.parse import parse_qsl, urlencode

import streamlit as st

_SPEND: Final = "views/spend.py"
_QUALITY: Final = "views/quality.py"
_SAVINGS: Final = "views/savings.py"
_CLOSE: Final = "views/close.py"
_POLICY: Final = "views/policy.py"
_REQUESTS: Final = "views/requests.py"
_REQUEST: Final = "views/request.py"
_ID: Final = "id"
_LIST: Final = "list"


def pages() -> list[st.Page]:
    """Every page of the app, in the menu's order."""
    return [
        st.Page(_SPEND, title="Spend", icon=":material/payments:", url_path="spend", default=True),
        st.Page(_SAVINGS, title="Savings", icon=":material/savings:", url_path="savings"),
        st.Page(_QUALITY, title="Quality", icon=":material/verified:", url_path="quality"),
        st.Page(_REQUESTS, title="Requests", icon=":material/list:", url_path="requests"),
        st.Page(_POLICY, title="Policy", icon=":material/rule:", url_path="policy"),
        st.Page(_CLOSE, title="Close & exports", icon=":material/lock:", url_path="close"),
        st.Page(_REQUEST, title="Request", url_path="request", visibility="hidden"),
    ]


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
        _REQUESTS,
        label="All requests",
        icon=":material/arrow_back:",
        query_params=parse_qsl(st.query_params.get(_LIST, "")),
    )
