"""What reads deploy/. Programs that check it come from `make tools` or PATH; without one its tests skip."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "tiergate"
RULES = CHART / "files" / "rules.yaml"
_OWN = ROOT / ".tools" / "venv" / "bin"


def run(program: str, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a tool; its exit code is the caller's to judge. Skips the test where the tool is not there."""
    found = shutil.which(program, path=f"{_OWN}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip(f"{program} is not installed; `make tools` fetches what can be fetched")
    return subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )


def rendered(*arguments: str, values: str = "") -> subprocess.CompletedProcess[str]:
    """`helm template` of the chart with these arguments and values."""
    return run("helm", "template", "shop", CHART, "--values", "-", *arguments, input=values)


def documents(text: str) -> list[dict[str, Any]]:
    """The YAML documents of a stream, empty ones left out."""
    return [document for document in yaml.safe_load_all(text) if document]


def one(found: Sequence[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """The one resource of that kind and name."""
    [resource] = [r for r in found if (r["kind"], r["metadata"]["name"]) == (kind, name)]
    return resource
