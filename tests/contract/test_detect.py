"""Detectors in a real gateway: what they find decides where a request may go."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import orjson
import pytest
from openai import PermissionDeniedError

from tests.contract.chat import user
from tests.contract.conftest import Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, running_gateway

pytest.importorskip("presidio_analyzer", reason="pip install --require-hashes -r requirements-detect.lock")


@pytest.fixture(scope="module")
def gateway(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Everything that answers is abroad; phone numbers and addresses make a request restricted."""
    folder = tmp_path_factory.mktemp("detect")
    model = TestModel("m", "frontier", desk.abroad.base_url, desk.abroad.model, residency="us")
    home = TestModel("home", "small", desk.home.base_url, desk.home.model)
    policy = write_folder(folder / "policies", [model, home], [{"name": "default", "tiers": ["frontier"]}])
    document = orjson.loads((policy / "policy.yaml").read_bytes())
    document["spec"]["data_classes"]["restricted"]["detect"] = ["EMAIL_ADDRESS", "PHONE_NUMBER"]
    (policy / "policy.yaml").write_bytes(orjson.dumps(document))
    with running_gateway(folder, policy, detect_timeout="30") as one:
        yield one


def test_what_is_found_stays(gateway: Gateway, desk: Desk) -> None:
    """A request that nobody labelled is refused for what stands in it; the trace has types and counts."""
    asked = desk.abroad.record.total
    with gateway.client() as client, pytest.raises(PermissionDeniedError) as refused:
        client.chat.completions.create(
            model="auto",
            messages=user("Write to bob@example.com and ann@example.com."),
            extra_headers={"x-request-id": "found"},
        )
    assert refused.value.code == "no_admissible_candidate" and "restricted data" in refused.value.message
    assert desk.abroad.record.total == asked
    row = gateway.named_row("found")
    assert row["data_class"] == "restricted" and "bob@" not in row["trace"]
    assert orjson.loads(row["trace"])["detected"] == {
        "data_class": "restricted", "found": {"EMAIL_ADDRESS": 2},
    }  # fmt: skip


def test_what_is_clean_goes(gateway: Gateway) -> None:
    """With what was looked for in the trace, also in the decision that is only asked for."""
    with gateway.client() as client:
        client.chat.completions.create(model="auto", messages=user())
    body = {"model": "auto", "messages": user()}
    key = {"authorization": f"Bearer {gateway.token}"}
    shown = httpx.post(f"{gateway.origin}/v1/route", json=body, headers=key, timeout=40).json()
    assert shown["detected"] == {"data_class": None, "found": {}}
    metrics = gateway.get("/metrics")[1].decode()
    assert 'tiergate_detections_total{type="EMAIL_ADDRESS"} 2.0' in metrics
