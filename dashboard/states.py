"""What to show when there is nothing to show: what is the matter, and what to do about it."""

from __future__ import annotations

import streamlit as st

from dashboard import access, text
from dashboard.ledger import LedgerProblem, Trouble

_FIRST_REQUEST = """curl http://127.0.0.1:8080/v1/chat/completions \\
  -H "authorization: Bearer $TIERGATE_KEY" -H "content-type: application/json" \\
  -d '{"model": "auto", "messages": [{"role": "user", "content": "What is 17 x 23?"}]}'"""


def problem(found: LedgerProblem) -> None:
    """The ledger cannot be read."""
    match found.trouble:
        case Trouble.MISSING:
            st.info("**No ledger here yet.** No gateway has written one at this place.")
            _todo("Start a gateway, or tell the dashboard where the ledger of yours is:")
            st.code("TIERGATE_DATA_DIR=/path/to/data tiergate dashboard", language=None)
        case Trouble.UNPREPARED:
            st.info("**This database holds no ledger of this version yet.** It answers, but lacks tables.")
            _todo("Start the gateway once on this database: it makes the tables. Or: tiergate ledger migrate")
        case Trouble.AWAY:
            st.error("**The ledger cannot be read right now.** No figures are shown.")
            _todo(
                "Nothing is lost: the gateway writes its journal first and fills the database when it is "
                "back. Check that the database is up and lets the dashboard in, then refresh."
            )
        case Trouble.MISCONFIGURED:
            st.error("**The ledger's address cannot be used.** No figures are shown.")
            _todo("Set TIERGATE_DATABASE_URL to sqlite:///… or postgresql://…, as for the gateway.")
    st.caption("Where it was looked for, and what came back:")
    st.code(f"{found.where}\n{found.detail}", language=None, wrap_lines=True)
    st.button("Refresh")


def no_requests() -> None:
    """The ledger is there and has no rows, or none of the reader's teams."""
    limit = access.principal().limited_to
    if limit is not None:
        teams = text.listed([str(team) for team in limit]) if limit else "your team"
        st.info(f"**No requests of {text.verbatim(teams)} yet.**")
        st.button("Refresh")
        return
    st.info("**No requests yet.** The ledger is ready; a request shows up here about a second after its end.")
    _todo("Create a key with `tiergate keys create`, then send a first request through the gateway:")
    st.code(_FIRST_REQUEST, language="bash")
    st.button("Refresh")


def not_rolled(newest_us: int) -> None:
    """There are requests, and the sums that this page reads were never made of them."""
    st.info(
        "**No sums yet.** This page reads the ledger's sums by the day, and they were not made yet. "
        f"The newest request of the ledger started at {text.instant(newest_us)}."
    )
    _todo("Make them, now and on a schedule; each run takes up what changed since the last:")
    st.code("tiergate books roll", language=None)
    st.button("Refresh")


def nothing_matches(newest_us: int) -> None:
    """The ledger has rows, and the filters leave none."""
    st.info(
        "**No request matches these filters.** "
        f"The newest request of the ledger started at {text.instant(newest_us)}."
    )
    _todo("Choose a longer period, or clear a filter.")


def unknown_request(asked: str) -> None:
    """The story of a request that the ledger does not know."""
    if not asked:
        st.info("**No request chosen.** Open one from the list, or paste its id there.")
        return
    st.info("**The ledger knows no request of this id.**")
    st.code(asked, language=None, wrap_lines=True)
    _todo(
        "Ids are in the `x-tiergate-request-id` header of every reply. A request reaches the ledger about "
        "a second after its end; while the database is away, later."
    )
    st.button("Refresh")


def _todo(words: str) -> None:
    st.markdown(words)
