"""The RateLimits document: what is refused, and whom a limit binds."""

from __future__ import annotations

import pytest

from router.domain.caller import Caller
from router.domain.limits import Limit, Per
from router.policy.summary import summary

HEAD = "apiVersion: tiergate.dev/v1\nkind: RateLimits\nmetadata: {name: limits, owner: platform}\nspec:\n"
ME = Caller("k1", "acme", "search", "site")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("limits: []", "limits.yaml:5: spec.limits must not be empty"),
        (
            "limits: [{name: a, per: [key]}]",
            "limits.yaml:5: spec.limits[0]: limits nothing; give requests_per_minute",
        ),
        ("limits: [{name: a, per: [user], requests_per_minute: 1}]", "must be one of organisation, team"),
        ("limits: [{name: a, per: [key], requests_per_minute: 0}]", "requests_per_minute must be at least 1"),
        (
            "limits: [{name: a, per: [key], model: [bgi], requests_per_minute: 1}]",
            "limits.yaml:5: model 'bgi': the catalog lacks it; did you mean 'big'?",
        ),
        (
            "limits: [{name: a, per: [key], parallel_requests: 1}, "
            "{name: a, per: [team], parallel_requests: 1}]",
            "limits.yaml:4: spec: limits has a twice; give each a name of its own",
        ),
    ],
)
def test_mistakes_are_named(folder, written: str, said: str) -> None:
    """With the line and what would be right."""
    (folder.path / "limits.yaml").write_text(f"{HEAD}  {written}\n")
    (problem,) = folder.problems()
    assert said in problem


def test_whom_a_limit_binds() -> None:
    """Patterns by their beginning; models only where the limit is one of models."""
    limit = Limit("l", (Per.TEAM,), team=("sea*",), model=("big",))
    assert limit.of_models and limit.binds(ME, "big") and not limit.binds(ME, "small")
    assert not Limit("l", (Per.KEY,), team=("ads",)).binds(ME, None)
    assert Limit("l", (Per.MODEL,)).of_models and not Limit("l", (Per.KEY,)).of_models


def test_who_is_counted_together() -> None:
    """Teams of the same name in two organisations are two; combinations are counted apart."""
    other = Caller("k1", "other", "search", "site")
    team, both = Limit("l", (Per.TEAM,)), Limit("l", (Per.KEY, Per.MODEL))
    assert team.bucket(ME, None) != team.bucket(other, None)
    assert both.bucket(ME, "a") != both.bucket(ME, "b")
    assert Limit("l", (Per.KEY,)).bucket(ME, None) == Limit("l", (Per.KEY,)).bucket(other, None)


def test_the_summary_lists_limits(folder) -> None:
    """For whom, how much, and what holds while nobody can count together."""
    limit = "{name: a, per: [team, model], team: [b-*], requests_per_minute: 1200, parallel_requests: 5}"
    (folder.path / "limits.yaml").write_text(f"{HEAD}  on_store_error: deny\n  limits: [{limit}]\n")
    said = summary("x", folder.load())
    assert "a           team and model  team b-*  1,200 requests a minute, 5 at once" in said
    assert "While the Valkey that gateways share is away: deny." in said
