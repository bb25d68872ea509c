"""The tests of a LiveCodeBench question: its hidden ones where they are at hand, else its public examples.

A solution that passes two public examples may still be wrong: an item says when there were no more.
"""

from __future__ import annotations

import ast
import base64
import binascii
import io
import json
import pickle
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from router.suites.item import BadSuite

PUBLIC_ONLY = "public examples only"
_SAMPLE = re.compile(
    r"Sample Input \d+\s*\n(.*?)\nSample Output \d+\s*\n(.*?)(?=\n\s*\n|\nSample Input|\Z)", re.S
)
_EXAMPLE = re.compile(r"^Input:\s*(.+?)\s*^Output:\s*(.+?)\s*$", re.M | re.S)
_METHOD = re.compile(r"class Solution.*?def (\w+)\(self", re.S)
_LARGEST = 200_000_000


def hidden(name: str, folder: Path | None) -> Mapping[str, Any] | None:
    """The tests in the file of that name beside the suite; None where there is no such file. Raises
    BadSuite."""
    if folder is None or Path(name).name != name:
        return None
    path = folder / name
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadSuite(f"{path}: is no file of tests: {error}") from error
    inner = found.get("input_output") if isinstance(found, dict) else None
    return _document(json.loads(inner) if isinstance(inner, str) else found, str(path))


def public(prompt: str) -> Mapping[str, Any] | None:
    """The examples that the prompt shows: what a program reads and prints, or what a method returns."""
    method = _METHOD.search(prompt)
    if method is not None:
        return _method_examples(prompt, method.group(1))
    pairs = [(_lines(given), _lines(wanted)) for given, wanted in _SAMPLE.findall(prompt)]
    if not pairs:
        return None
    return {"programs": [{"stdin": given, "stdout": wanted} for given, wanted in pairs]}


def of_hub(row: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    """The tests in a row of the benchmark's own release, and the note. Raises ValueError."""
    cases = json.loads(row["public_test_cases"])
    note = PUBLIC_ONLY
    if row.get("private_test_cases"):
        cases = [*cases, *_unpacked(row["private_test_cases"])]
        note = ""
    if not cases:
        return None, note
    name = json.loads(row.get("metadata") or "{}").get("func_name")
    inputs, outputs = ([case[key] for case in cases] for key in ("input", "output"))
    return {"inputs": inputs, "outputs": outputs, "fn_name": name}, note


def _document(found: Any, where: str) -> Mapping[str, Any]:
    if isinstance(found, dict) and {"inputs", "outputs"} <= set(found):
        return {"inputs": found["inputs"], "outputs": found["outputs"], "fn_name": found.get("fn_name")}
    raise BadSuite(f'{where}: tests are {{"inputs": [...], "outputs": [...], "fn_name": name or null}}')


def _method_examples(prompt: str, name: str) -> Mapping[str, Any] | None:
    inputs, outputs = [], []
    for given, wanted in _EXAMPLE.findall(prompt):
        arguments, expected = _arguments(given), _literal(wanted)
        if arguments is None or expected is _NONE:
            continue
        inputs.append("\n".join(json.dumps(one) for one in arguments))
        outputs.append(json.dumps(expected))
    return {"inputs": inputs, "outputs": outputs, "fn_name": name} if inputs else None


_NONE = object()


def _arguments(text: str) -> Sequence[Any] | None:
    """`n = 5, edges = [[0, 1]]` -> [5, [[0, 1]]]."""
    try:
        call = ast.parse(f"f({_python(text)})", mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(call, ast.Call) or call.args:
        return None
    values = [_value(keyword.value) for keyword in call.keywords]
    return None if _NONE in values else values


def _literal(text: str) -> Any:
    try:
        return _value(ast.parse(_python(text.strip()), mode="eval").body)
    except SyntaxError:
        return _NONE


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return _NONE


def _python(text: str) -> str:
    """JSON's words in Python's spelling."""
    words = {"true": "True", "false": "False", "null": "None"}
    return re.sub(r"\b(true|false|null)\b", lambda found: words[found.group()], text.replace("\n", " "))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


class _TextOnly(pickle.Unpickler):
    """Reads a pickled text. A pickle that names a class or function, which could run code, is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _unpacked(packed: str) -> list[Any]:
    """Hidden cases: JSON, or JSON pickled, compressed and in base 64, as the release has it. Raises
    ValueError."""
    try:
        return list(json.loads(packed))
    except ValueError:
        pass
    try:
        unzip = zlib.decompressobj()
        content = unzip.decompress(base64.b64decode(packed), _LARGEST)
        return list(json.loads(_TextOnly(io.BytesIO(content)).load()))
    except (binascii.Error, zlib.error, pickle.UnpicklingError, EOFError, TypeError) as error:
        raise ValueError(f"private_test_cases cannot be read: {error}") from error
