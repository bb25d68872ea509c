"""Without a sign-in the dashboard is this machine's only."""

from __future__ import annotations

import pytest

from dashboard.signin.configuration import Access
from dashboard.signin.local import exposed, stranger
from dashboard.signin.server import Entrance, NotStarted, parts

LOCAL = Entrance(Access(), "s" * 32, None)


@pytest.mark.parametrize("bound", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_it_listens_on_the_loopback(bound: str) -> None:
    """Any address of it."""
    assert exposed(bound) is None
    assert parts(LOCAL, bound, None).middleware == []


@pytest.mark.parametrize("bound", ["0.0.0.0", "", None, "::", "10.1.2.3", "tiergate.example.com"])
def test_it_does_not_start_elsewhere(bound: str | None) -> None:
    """And says what to set."""
    with pytest.raises(NotStarted, match="TIERGATE_DASHBOARD_ACCESS"):
        parts(LOCAL, bound, None)


def test_it_does_not_start_where_a_header_makes_somebody() -> None:
    """Streamlit can take a header's word for who somebody is; anybody can send one."""
    with pytest.raises(NotStarted, match="trustedUserHeaders"):
        parts(LOCAL, "127.0.0.1", {"x-user": "email"})


@pytest.mark.parametrize(
    ("peer", "headers", "known"),
    [
        (None, {}, True),
        (None, {"Host": "127.0.0.1:8501"}, True),
        ("127.0.0.2", {"host": "localhost"}, True),
        (None, {"host": "[::1]:8501"}, True),
        ("10.0.0.7", {}, False),
        (None, {"Host": "tiergate.example.com"}, False),
        (None, {"Host": "rebound.example.com:8501"}, False),
        (None, {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"}, False),
        (None, {"Host": "localhost", "Forwarded": "for=1.2.3.4"}, False),
    ],
)
def test_only_who_sits_there_is_known(peer: str | None, headers: dict[str, str], known: bool) -> None:
    """Not another host, not a proxy, not a name that some other site's DNS gave to 127.0.0.1."""
    assert (stranger(peer, headers) is None) is known
