"""A suite's files from the model hub, kept in the hub library's own cache (`HF_HOME`, `HF_ENDPOINT`)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from router.suites.item import BadSuite
from router.suites.known import HubFile


def fetch(file: HubFile) -> Path:
    """Where the file lies on this machine, fetched if need be; `HF_HUB_OFFLINE=1` is respected. Raises
    BadSuite."""
    try:
        library = import_module("huggingface_hub")
        faults = import_module("huggingface_hub.errors")
    except ImportError as error:
        raise BadSuite(
            "no file of the suite: give --data FOLDER or a file, or install the package huggingface_hub"
        ) from error
    try:
        return Path(library.hf_hub_download(file.repository, file.path, repo_type="dataset"))
    except (faults.HfHubHTTPError, faults.LocalEntryNotFoundError, OSError, ValueError) as error:
        line = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise BadSuite(
            f"{file.repository}, {file.path}: the hub does not give it: {line[:200]}; "
            "with the file on this machine, give --data FOLDER or the file itself"
        ) from error
