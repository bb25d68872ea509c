"""No way out that nobody thought of: whoever can reach a network or keep a text is on a list here.

A new entry must say how it asks the clearance (`router/domain/clearance.py`), or why it never holds what a
request or an answer says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.dispatch.port import NotCleared, UpstreamCall
from router.domain.clearance import Clearance
from router.domain.kinds import DataClass
from tests.policy import build

ROUTER = Path(__file__).parents[2] / "router"
NETWORK = {
    "aiohttp", "asyncio.open_connection", "ftplib", "grpc", "http.client", "httptools", "httpx",
    "huggingface_hub", "litellm", "openai", "opentelemetry.exporter", "redis", "requests", "smtplib",
    "socket", "telnetlib", "urllib.request", "urllib3", "valkey", "websockets",
}  # fmt: skip
"""Libraries with which a process speaks to others."""
CALLS = {"create_connection", "open_connection", "open_unix_connection", "create_unix_connection"}
MAY_SPEAK = {
    "dispatch/hosted.py": "an upstream: takes UpstreamCall only",
    "dispatch/hosted_errors.py": "reads the types of hosted.py's errors",
    "dispatch/http1/pool.py": "below dispatch/openai_compatible.py, an upstream: takes UpstreamCall only",
    "dispatch/http1/connection.py": "parses what comes back on them",
    "dispatch/http1/reply.py": "hands it on",
    "dispatch/transformers_model.py": "downloads a model's files, by the name that the catalog gives",
    "ratelimit/shared_places.py": "places of limits: ids and counts",
    "budgets/send.py": "alerts: names and amounts of budgets, never of a request",
    "budgets/valkey.py": "leases: ids and amounts",
    "otlp.py": "spans, which hold names and numbers, never what was said: tests/egress/test_residency.py",
    "asking.py": "retries of calibrate/ and suites/, whose prompts are files",
    "calibrate/ask.py": "prompts of a file, which calibrate/target.py has asked the clearance about",
    "calibrate/measure.py": "its client",
    "suites/ask.py": "public questions, through a gateway",
    "suites/hub.py": "downloads public questions",
    "suites/measure.py": "its client",
    "suites/run.py": "its client",
    "fleet/adapters.py": "names of fine-tunes, to the operator's own vLLM servers",
    "fleet/shape.py": "downloads a model's config.json",
    "gpu/samples.py": "reads vLLM's counters",
    "serve.py": "listens",
    "ingress/connection.py": "parses what apps send there",
    "admin/api/server.py": "listens, for administrators",
    "app.py": "loads that server, where it has a port",
    "audit/writing.py": "its machine's name",
    "sandbox/children.py": "the demo's processes",
    "sandbox/connection.py": "the sandbox listens",
    "sandbox/demo.py": "the demo's client",
    "sandbox/traffic.py": "the demo's client",
}
MAY_SEND = {"dispatch/exchange.py", "fleet/probe.py"}
"""Who makes an `UpstreamCall`; the probe's is a phrase of its own."""
MAY_DISPATCH = {"pipeline.py", "judge/buyer.py"}
"""Who hands a job to the dispatcher: requests with their retries, fallbacks, samples and cascades, and
judges with the baselines they compare with. Each names the clearance of the request."""
MAY_MAKE_JOBS = {"jobs.py", "judge/buyer.py"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROUTER.rglob("*.py")):
        yield path.relative_to(ROUTER).as_posix(), ast.parse(path.read_text())


def speaks(tree: ast.Module) -> bool:
    """Whether a module imports a library that reaches a network, lazily or not, or opens a connection."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
                return True
            if _name(node.func) == "import_module" and node.args and isinstance(node.args[0], ast.Constant):
                names = [str(node.args[0].value)]
        if any(name == known or name.startswith(f"{known}.") for name in names for known in NETWORK):
            return True
    return False


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def callers(wanted: str) -> set[str]:
    """Modules that call something of this name."""
    return {
        module
        for module, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) == wanted
    }


def test_who_can_reach_a_network() -> None:
    """Exactly those on the list: a new way out is a decision, and one that is gone leaves the list."""
    assert {module for module, tree in modules() if speaks(tree)} == set(MAY_SPEAK)


def test_models_are_reached_by_one_way() -> None:
    """What reaches a model is an `UpstreamCall`, made in one place, of a job made in two."""
    assert callers("UpstreamCall") == MAY_SEND
    assert callers("Job") - {"verify/code/jail/warden.py"} == MAY_MAKE_JOBS
    dispatching = {
        module
        for module, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("_dispatcher.run")
    }
    assert dispatching == MAY_DISPATCH


@pytest.mark.parametrize("places", [frozenset(), frozenset({"eu"}), frozenset({"eu", "on-premises"})])
def test_no_call_is_made_without_clearance(places: frozenset[str]) -> None:
    """An adapter cannot be handed what may not go where it sends to."""
    abroad = build.endpoint("e", "m", residency="us")
    with pytest.raises(NotCleared, match=r"restricted data may go to .*, not to us"):
        UpstreamCall(abroad, {}, False, {}, Clearance(DataClass.RESTRICTED, places))


def test_no_place_is_no_place() -> None:
    """A place that nobody named admits nothing that is confined."""
    assert not Clearance(DataClass.RESTRICTED, frozenset({"eu"})).admits(None)
    assert Clearance(DataClass.PUBLIC, None).admits(None)
