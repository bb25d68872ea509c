"""A holdout share sends some requests to the baseline model, and every row says on which side it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.chat import user
from tests.contract.conftest import Desk
from tests.contract.folder import TestModel, write_folder, write_policy
from tests.contract.gateway import Gateway, running_gateway
from tests.contract.until import until

RULES = [{"name": "cheap", "match": {}, "objective": "cheapest"}]
COUNT = 24


@pytest.fixture(scope="module")
def gateway(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The baseline model answers half of the requests."""
    folder = tmp_path_factory.mktemp("holdout")
    models = [
        TestModel("big", "frontier", desk.abroad.base_url, desk.abroad.model, (2.0, 10.0)),
        TestModel("little", "small", desk.home.base_url, desk.home.model, (0.1, 0.2)),
    ]
    policy = write_folder(folder / "policies", models, RULES)
    write_policy(policy, "big", RULES, holdout=0.5)
    with running_gateway(folder, policy) as gateway:
        yield gateway


def test_rows_say_who_was_held_out(gateway: Gateway) -> None:
    """Held out: the baseline model answered; not: the cheap one; an app's own choice is on neither side."""
    with gateway.client() as client:
        for _ in range(COUNT):
            client.chat.completions.create(model="auto", messages=user())
        client.chat.completions.create(model="little", messages=user())
    sql = "SELECT model, holdout, requested_model, trace FROM requests"
    until(lambda: len(gateway.query(sql)) == COUNT + 1)
    rows = gateway.query(sql)
    drawn = {row["model"] for row in rows if row["holdout"]}
    routed = {row["model"] for row in rows if row["holdout"] is not None and not row["holdout"]}
    assert (drawn, routed) == ({"big"}, {"little"})
    assert [row["holdout"] for row in rows if row["requested_model"] == "little"] == [None]
    assert all("drawn for the holdout" in row["trace"] for row in rows if row["holdout"])
