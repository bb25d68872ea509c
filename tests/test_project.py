"""What a machine can check of the project's own rules: layout, imports, documents, locks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from router import telemetry
from router.reference import render, tables

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "router").rglob("*.py"))
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(path for name in ("docs", "deploy", "policies", "tests") for path in (ROOT / name).rglob("*.md")),
    ]
)
STAGES = ("ingress", "classify", "dispatch", "verify", "record")
MAY_IMPORT = {stage: {"domain", "errors", "telemetry", "clock", "meter", stage} for stage in STAGES} | {
    "domain": {"domain"},
    "meter": {"domain", "errors", "clock", "meter"},
    "policy": {"domain", "errors", "policy"},
}
COMMAND_LINE = {"command.py", "command_output.py"}


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]


def direct_dependencies() -> list[str]:
    declared = project()
    extras = declared["optional-dependencies"]
    assert isinstance(declared["dependencies"], list) and isinstance(extras, dict)
    wanted = declared["dependencies"] + [line for lines in extras.values() for line in lines]
    return sorted({re.split(r"[\[<>=;~! ]", line)[0].lower() for line in wanted})


def code(path: Path) -> str:
    """A module's source without docstrings and comments."""
    return ast.unparse(ast.parse(re.sub(r'"""(.|\n)*?"""', "None", path.read_text())))


def anchors(document: str) -> set[str]:
    """Of a document's headings, as GitHub makes them."""
    prose = re.sub(r"^```.*?^```", "", document, flags=re.M | re.S)
    return {
        re.sub(r"[^\w\- ]", "", found.lower()).replace(" ", "-")
        for found in re.findall(r"^#+ (.+)$", prose, re.M)
    }


def imported(tree: ast.AST) -> set[str]:
    """Names of everything a module imports, full dotted."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_why_it_exists(path: Path) -> None:
    """A docstring stands at its top."""
    source = path.read_text()
    assert not source.strip() or ast.get_docstring(ast.parse(source))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    """Stages know the domain and themselves, never each other."""
    for path in (ROOT / "router" / package).rglob("*.py"):
        names = {n.split(".")[1] for n in imported(ast.parse(path.read_text())) if n.startswith("router.")}
        allowed = MAY_IMPORT[package] | ({"settings"} if path.name in COMMAND_LINE else set())
        assert names <= allowed, f"{path.relative_to(ROOT)} imports {sorted(names - allowed)}"


def test_litellm_is_imported_in_one_place() -> None:
    """It stays out of the start, of authentication and of every other module."""
    users = [
        path.name
        for path in SOURCES
        if re.search(r"import_module\(['\"]litellm|^\s*import litellm|^\s*from litellm", code(path), re.M)
    ]
    assert users == ["hosted.py"]


def test_header_names_are_spelled_in_telemetry_alone() -> None:
    """Nobody else writes `x-tiergate-`."""
    for path in SOURCES:
        if path.name not in ("telemetry.py",) and "sandbox" not in path.parts:
            assert not re.search(r'"x-tiergate-[a-z]', path.read_text()), path


def test_every_metric_is_used() -> None:
    """An instrument that nobody sets is a promise not kept."""
    rest = "\n".join(path.read_text() for path in SOURCES if path.name != "telemetry.py")
    for name in vars(telemetry.Metrics()):
        assert re.search(rf"(metrics|m)\.{name}\b", rest), name


def test_reference_tables_are_those_of_the_code() -> None:
    """`make docs` was run."""
    texts = [path.read_text() for path in (ROOT / "docs").glob("*.md")]
    assert [render(text) for text in texts] == texts
    assert all(sum(text.count(f"<!-- {name} -->") for text in texts) == 1 for name in tables())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link of a document, to the heading where it names one."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text()), target


def test_every_dependency_earns_its_line() -> None:
    """CONTRIBUTING names each direct dependency, and only those."""
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.M)
    assert sorted(name for name, _ in rows if name not in ("package", "---")) == direct_dependencies()


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_every_pin_has_hashes_and_none_is_compromised(lock: Path) -> None:
    """Each requirement is `name==version` followed by sha256 hashes; no registry is named."""
    text = lock.read_text()
    entries = re.split(r"^(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.M), flags=re.M)
    for entry in filter(str.strip, entries):
        assert re.match(r"[a-z0-9._-]+==\S+", entry) and "--hash=sha256:" in entry, entry[:80]
    assert "litellm==1.107.0" not in text
    assert "://" not in text


def test_the_core_install_is_small() -> None:
    """No torch, no model runtime, no dashboard unless asked for."""
    core = project()["dependencies"]
    assert isinstance(core, list)
    assert not {"torch", "transformers", "streamlit", "litellm"} & {re.split(r"[<>=; ]", d)[0] for d in core}


def test_the_core_install_is_enough_for_the_command_line() -> None:
    """Every verb is there without any extra: what an extra brings is imported where it is used."""
    extras = [
        "authlib", "itsdangerous", "streamlit", "matplotlib", "scipy", "litellm", "xllamacpp", "torch",
        "transformers", "pyarrow", "psycopg", "redis", "presidio_analyzer", "opentelemetry.sdk",
        "math_verify", "py3langid",
    ]  # fmt: skip
    code = f"import sys; sys.modules.update(dict.fromkeys({extras})); import router.cli"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
