"""Whatever a folder holds, loading it gives a Bundle or PolicyRejected, and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.policy.documents import compile_files
from router.policy.folder import SourceFile
from router.policy.problems import PolicyRejected
from router.policy.yamldoc import parse_documents

SHIPPED = Path(__file__).parents[2] / "policies"
NAMES = ("catalog.yaml", "prices.yaml", "policy.yaml")

WORDS = (
    st.sampled_from(
        ["", "a", "*", "${X}", "openai", "hosted", "small", "math", "default", "gpt-5", "USD", "2025-01-01"]
    )
    | st.sampled_from(["08:00", "http://[", "1e999", "auto/x", "ModelCatalog", "PriceBook"])
    | st.sampled_from(["9" * 400, "x" * 3000, "\u0000\u202e", "- a: [", "\n"])
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | WORDS | st.text(max_size=8)
)
NONSENSE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    found = {}
    for name in NAMES:
        (document,), _ = parse_documents(name, (SHIPPED / name).read_bytes())
        found[name] = json.loads(json.dumps(document.data))
    return found


def _places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in entries for place in _places(value, (*path, key)))]


def _mutate(data: Any, path: tuple[str | int, ...], action: str, value: Any) -> Any:
    """`data` with the entry at `path` replaced, removed, or given a sibling."""
    if not path:
        return value
    parent = data
    for step in path[:-1]:
        parent = parent[step]
    if action == "remove":
        del parent[path[-1]]
    elif action == "replace":
        parent[path[-1]] = value
    elif isinstance(parent, list):
        parent.append(value)
    else:
        parent[str(value)[:20]] = value
    return data


def _load(contents: dict[str, bytes], now: Any) -> None:
    """Loads, and insists that a refusal names files and lines that exist."""
    files = [SourceFile(name, content) for name, content in contents.items()]
    try:
        compile_files(Path("folder"), files, {"OPENAI_API_KEY": "k", "VLLM_BASE_URL": "ht tp://["}, now)
    except PolicyRejected as rejected:
        assert rejected.problems
        for problem in rejected.problems:
            assert problem.file in {*contents, "folder"}
            assert 1 <= problem.line <= contents.get(problem.file, b"").count(b"\n") + 2
            assert str(problem).isprintable()
            assert len(problem.message) < 1010


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_shipped_document_with_anything_anywhere(data, documents, now) -> None:
    """Replace, remove or add any value at any place of any document: refused or accepted, never a crash."""
    changed = copy.deepcopy(documents)
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(NAMES))
        path = data.draw(st.sampled_from(_places(changed[name])))
        action = data.draw(st.sampled_from(["replace", "remove", "add"]))
        changed[name] = _mutate(changed[name], path, action, data.draw(NONSENSE))
    _load({name: yaml.safe_dump(value).encode() for name, value in changed.items()}, now)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_shipped_file_with_its_bytes_damaged(data, now) -> None:
    """Cut a file anywhere or put any bytes anywhere: refused or accepted, never a crash."""
    contents = {name: (SHIPPED / name).read_bytes() for name in NAMES}
    name = data.draw(st.sampled_from(NAMES))
    at = data.draw(st.integers(0, len(contents[name])))
    cut = data.draw(st.integers(0, 40))
    contents[name] = contents[name][:at] + data.draw(st.binary(max_size=20)) + contents[name][at + cut :]
    _load(contents, now)
