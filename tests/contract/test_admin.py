"""The admin API of a running gateway: its own port, its own credentials, and keys that apps then use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from router.cli import main
from tests.contract.chat import user
from tests.contract.conftest import RULES, Desk
from tests.contract.folder import TestModel, write_folder
from tests.contract.gateway import Gateway, free_port, running_gateway
from tests.contract.until import until

ADMIN_PORT = free_port()
WANTED = {"organisation": "acme", "team": "search", "project": "answers"}


@pytest.fixture(scope="module")
def gateway(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("admin")
    models = [TestModel("little", "small", desk.home.base_url, desk.home.model)]
    rules = [{**RULES[-1], "quality_target": 0.1}]
    policies = write_folder(folder / "policies", models, rules)
    with running_gateway(folder, policies, admin_port=str(ADMIN_PORT)) as gateway:
        yield gateway


def ask(token: str, method: str, path: str, **options: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{ADMIN_PORT}/admin/v1{path}"
    return httpx.request(method, url, headers=headers, timeout=60, **options)


def test_a_key_from_the_api(gateway: Gateway) -> None:
    """A credential made on the command line makes a key; an app uses it; its use is seen; rotated without an
    overlap it ends, while its successor goes on. Neither port takes the other's tokens."""
    command = ("admin", "credentials", "create", "ada", "--role", "admin", "--quiet")
    token = CliRunner().invoke(main, command, env=gateway.environment()).output.strip()
    key = ask(token, "POST", "/keys", json=WANTED).json()
    until(lambda: gateway.knows(key["token"]))
    with gateway.client(key["token"]) as client:
        assert client.chat.completions.create(model="auto", messages=user()).choices
    until(lambda: ask(token, "GET", f"/keys/{key['id']}").json()["last_used"], 60)
    new = ask(token, "POST", f"/keys/{key['id']}/rotate", json={"overlap": 0}).json()
    until(lambda: gateway.knows(new["token"]) and not gateway.knows(key["token"]))
    assert not gateway.knows(token)
    assert ask(key["token"], "GET", "/me").status_code == 401
    assert httpx.get(f"{gateway.origin}/admin/v1/me").status_code == 404
    assert httpx.get(f"http://127.0.0.1:{ADMIN_PORT}/v1/models").status_code == 404


def test_it_ends_with_the_gateway(gateway: Gateway) -> None:
    """SIGTERM ends both, with exit code 0."""
    command = ("admin", "credentials", "create", "aud", "--role", "auditor", "--quiet")
    token = CliRunner().invoke(main, command, env=gateway.environment()).output.strip()
    assert ask(token, "GET", "/audit/verification").json()["holds"] is True
    assert gateway.stop() == 0
    with pytest.raises(httpx.ConnectError):
        ask(token, "GET", "/me")
