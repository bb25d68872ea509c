"""Who may open the dashboard: nobody else than this machine, or whom a DashboardAccess document lets in.

    document.py       the YAML: OpenID Connect with claims mapped to roles and teams, or users with passwords
    configuration.py  reads it, `file:line` for what is wrong, secrets by name of variable or file
    claims.py         an identity token's claims -> Principal (pure)
    passwords.py      scrypt; throttle.py: how often somebody may try
    session.py        the signed cookie of a password sign-in, and its end
    form.py           the sign-in page; routes.py: its requests; gate.py: nothing else without a cookie
    onward.py         where somebody was going before they signed in at a provider
    local.py          when no sign-in is set up: this machine only
    server.py         what is checked and put together before the server starts

Signing in with OpenID Connect is Streamlit's own `st.login`; what it says of somebody is read in claims.py.
"""
