"""For admins: a draft tested on its cases and planned on past requests, with the results shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard import access, text
from dashboard.ledger import LedgerProblem
from dashboard.policies import desk
from dashboard.policies import draft as drafts
from dashboard.policies.current import Current
from dashboard.policies.desk import Draft
from router.lifecycle.in_force import Loaded
from router.lifecycle.plan_text import plan_text
from router.lifecycle.run_cases import Report
from router.policy.problems import PolicyRejected
from router.record.write import brief
from router.settings import Settings

_DAYS = {"24 hours": 1, "7 days": 7, "30 days": 30}
T = TypeVar("T")


def trials(settings: Settings, found: Current, draft: Draft, new: Loaded) -> None:
    """Buttons, and what came of them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        test = st.button("Run its tests", icon=":material/checklist:", key="policy-test")
        span = st.selectbox("of the last", list(_DAYS), index=1, key="policy-days", width=140)
        plan = st.button("Plan on past requests", icon=":material/query_stats:", key="policy-plan")
        if st.button("Start over", icon=":material/undo:", type="tertiary", key="policy-over"):
            desk.start_over()
    if test:
        draft.tested = _tested(settings, draft)
    if plan:
        _plan(settings, draft, (found.loaded, new), _DAYS[span])
    if draft.tested is not None:
        _show_tests(draft.tested)
    if draft.planned is not None:
        st.markdown("**Plan**")
        st.code(plan_text(draft.planned.plan, "the draft"), language=None)


def _tested(settings: Settings, draft: Draft) -> Report | tuple[str, ...]:
    with st.spinner("Deciding its cases…"):
        try:
            return drafts.test(settings, draft.files)
        except PolicyRejected as rejected:
            return tuple(map(str, rejected.problems))


def _show_tests(tested: Report | tuple[str, ...]) -> None:
    st.markdown("**Tests**")
    if not isinstance(tested, Report):
        st.error("**Not tested.**", icon=":material/error:")
        st.code("\n".join(tested), language=None, wrap_lines=True)
        return
    number = len(tested.outcomes)
    said = f"**{number - tested.failed} of {number} cases passed.**"
    if tested.failed:
        st.error(said, icon=":material/error:")
        wrong = [[str(one.case), *(f"    {w}" for w in one.wrong)] for one in tested.outcomes if one.wrong]
        st.code("\n".join(line for lines in wrong for line in lines), language=None, wrap_lines=True)
    else:
        st.success(said, icon=":material/check:")
    if tested.uncovered:
        names = ", ".join(f"{name} (line {line})" for name, line in tested.uncovered)
        st.caption(text.verbatim(f"Reached by no case: {names}."))


def _plan(settings: Settings, draft: Draft, policies: tuple[Loaded, Loaded], days: int) -> None:
    bar = st.progress(0.0, "Reading recorded requests…")
    try:
        with access.planning() as engine:
            draft.planned = drafts.plan(settings, engine, policies, days, _Progress(bar.progress))
    except (SQLAlchemyError, OSError, LedgerProblem) as error:
        said = brief(error) if isinstance(error, SQLAlchemyError) else str(error)
        st.error(f"**Not planned:** {text.verbatim(said)}", icon=":material/error:")
    finally:
        bar.empty()


@dataclass(frozen=True, slots=True)
class _Progress:
    """`Stages` as a bar."""

    show: Callable[[float, str], object]

    def run(self, name: str, total: int, work: Callable[[Callable[[int], None]], T]) -> T:
        said = f"{name.capitalize()}: {total:,} requests"

        def tell(done: int) -> None:
            self.show(min(1.0, done / total) if total else 1.0, said)

        tell(0)
        return work(tell)
