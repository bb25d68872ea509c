"""The dashboard as a server, with its sign-in: `tiergate dashboard`, or `streamlit run dashboard/app.py`.

Home.py is the app itself. Started alone it has no sign-in, and shows itself to this machine only.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.signin import server
from router.policy.problems import PolicyRejected

try:
    _parts = server.parts(
        server.entrance(), st.get_option("server.address"), st.get_option("server.trustedUserHeaders")
    )
except (server.NotStarted, PolicyRejected) as error:
    raise SystemExit(f"the dashboard does not start: {error}") from None

app = st.App(
    Path(__file__).with_name("Home.py"),
    secrets=_parts.secrets,
    routes=_parts.routes,
    middleware=_parts.middleware,
)
