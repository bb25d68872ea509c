"""No secret and no prompt comes out: replies, log, spans, metrics, journal and database are searched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from router.settings import Settings, SettingsRefused, read_settings
from tests.contract.background import Background
from tests.contract.chat import user
from tests.contract.collector import Collector
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import SERVE, Gateway, running_gateway
from tests.contract.scripted import Scripted, scripted_upstream
from tests.contract.until import until

KEY, ADMIN, STORE, MAIL = (
    "sk-upstream-0123456789",
    "operator-0123456789",
    "valkey-0123456789",
    "otlp-0123456789",
)
PROMPT = "the moon is made of zinc"
RULES = [{"name": "default", "tiers": ["frontier"], "verify": "after_reply"}]


@dataclass(frozen=True, slots=True)
class Place:
    gateway: Gateway
    upstream: Scripted
    collector: Collector
    folder: Path


@pytest.fixture(scope="module")
def place(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A gateway with a secret of every kind, traced."""
    folder, collector = tmp_path_factory.mktemp("secrets"), Collector()
    upstream = background.enter(scripted_upstream())
    model = TestModel("m", "frontier", upstream.url, "m", endpoint={"api_key_env": "UPSTREAM_KEY"})
    policy = write_folder(folder / "policies", [model], RULES)
    (folder / "key").write_text(KEY + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPSTREAM_KEY_FILE", str(folder / "key"))
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        patch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization={MAIL}")
        with running_gateway(
            folder,
            policy,
            otlp_endpoint=collector.url,
            admin_token=ADMIN,
            valkey_url=f"redis://:{STORE}@127.0.0.1:1/0",
            log_level="debug",
        ) as gateway:
            yield Place(gateway, upstream, collector, folder)
    collector.close()


def test_nothing_comes_out(place: Place) -> None:
    """After answers, refusals, wrong keys and an upstream whose errors repeat the key and the prompt."""
    gateway, upstream = place.gateway, place.upstream
    said: list[str] = []

    def post(path: str, body: object, **headers: str) -> httpx.Response:
        key = {"authorization": f"Bearer {gateway.token}"}
        reply = httpx.post(f"{gateway.origin}{path}", json=body, headers={**key, **headers}, timeout=20)
        said.append(f"{reply.headers}{reply.text}".replace(PROMPT, "") if "route" not in path else reply.text)
        return reply

    chat = {"model": "auto", "messages": user(PROMPT)}
    quoting = f'{{"error": {{"message": "Incorrect API key: {KEY}", "type": "x"}}}}'.encode()
    for status in (
        "401 Unauthorized",
        "500 Internal Server Error",
        "400 Bad Request",
        "429 Too Many Requests",
    ):
        upstream.answers(quoting, status)
        reply = post("/v1/chat/completions", chat)
        assert reply.status_code >= 400
        assert b"authorization: bearer " + KEY.encode() in upstream.heads[-1]
    upstream.answers(b'{"choices": [{"index": 0, "message": {"content": "zinc"}, "finish_reason": "stop"}]}')
    assert post("/v1/chat/completions", chat).status_code == 200
    post("/v1/chat/completions", {"model": "auto", "messages": PROMPT})
    post("/v1/chat/completions", chat, authorization=f"Bearer {gateway.token}x")
    post("/v1/chat/completions", chat, **{"x-tiergate-data-class": "secret"})
    post("/v1/route", chat)
    for path in ("/readyz", "/openapi.json", "/metrics", "/v1/models"):
        said.append(gateway.get(path)[1].decode())
    operator = {"authorization": f"Bearer {ADMIN}"}
    metrics = httpx.get(f"{gateway.origin}/metrics", headers=operator, timeout=20)
    assert metrics.status_code == 200
    until(lambda: len(gateway.query("SELECT id FROM requests")) >= 5)
    until(lambda: len(place.collector.spans) >= 10)
    gateway.stop()
    kept = b"".join(path.read_bytes() for path in (place.folder / "data").rglob("*") if path.is_file())
    everything = {
        "replies": "\n".join(said).encode(),
        "log": gateway.log().encode(),
        "metrics": metrics.content,
        "spans": place.collector.bytes,
        "journal and database": kept,
    }
    secret = gateway.token.rpartition("-")[2]
    for where, data in everything.items():
        assert data, where
        for one in (KEY, ADMIN, STORE, MAIL, gateway.token, secret):
            assert one.encode() not in data, (one, where)
        if where not in ("replies", "journal and database"):
            assert PROMPT.encode() not in data, where
    assert not re.search(rb"authorization", everything["log"], re.I)


@pytest.mark.parametrize("name", ["database_url", "admin_token", "valkey_url"])
def test_settings_are_masked(name: str) -> None:
    """In whatever prints them."""
    settings = Settings(**{name: f"postgresql://u:{KEY}@h/d"})
    assert KEY not in repr(settings) and KEY not in str(settings.model_dump()) and len(SERVE) > 1


def test_a_setting_that_is_refused_is_not_repeated() -> None:
    """Where it may hold a password; elsewhere it helps."""
    with pytest.raises(SettingsRefused) as refused:
        read_settings(otlp_endpoint=f"ftp://u:{KEY}@h", port=-1)
    assert KEY not in refused.value.message and "TIERGATE_OTLP_ENDPOINT" in refused.value.message
    assert "got -1" in refused.value.message
