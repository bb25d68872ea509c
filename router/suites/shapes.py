"""A line of a suite's file -> item. Our own form, and those that the benchmarks are published in.

Which form a line has is told by its fields, never guessed from the suite's name: a file of either origin
works under any name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.domain.kinds import Task
from router.suites import functions, livecode
from router.suites.item import BadSuite, Item

Row = Mapping[str, Any]
_SENT = ("tools", "tool_choice", "response_format", "max_tokens", "parallel_tool_calls")
_BOXED = "Please reason step by step, and put your final answer within \\boxed{}."
_FINAL = re.compile(r"####\s*([^\n]+)\s*$")
FORMS = (
    'a line is {"task", "prompt" or "messages", "tiergate": {"reference" or "constraints" or "tests"}}, or '
    "one of AIME, GSM8K, IFEval, LiveCodeBench or BFCL as they are published"
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a line is read with: its number, the folder of its file, and right calls by question id."""

    number: int
    folder: Path | None
    truths: Mapping[str, Any]


class NoCheck(Exception):
    """The question cannot be checked here; the message is the reason, the same for all of its kind."""


def item_of(row: Row, context: Context) -> Item:
    """Raises NoCheck, ValueError (in words) for a line of no known form, and BadSuite for its test file."""
    for wanted, read in _FORMS:
        if wanted <= row.keys():
            return read(row, context)
    raise ValueError(f"has the fields {', '.join(sorted(row)) or '(none)'}; {FORMS}")


def _own(row: Row, context: Context) -> Item:
    try:
        task = Task(row["task"])
    except ValueError:
        raise ValueError(f"task: {row['task']!r} is none of {', '.join(Task)}") from None
    if ("prompt" in row) == ("messages" in row):
        raise ValueError("needs either prompt or messages")
    messages = row.get("messages") or [{"role": "user", "content": row["prompt"]}]
    body = {"messages": messages} | {name: row[name] for name in _SENT if name in row}
    if not isinstance(row["tiergate"], dict) or not row["tiergate"].keys() - {"language"}:
        raise ValueError("tiergate: needs reference, constraints or tests: without one nothing is checked")
    return Item(_id(row, context), task, body, row["tiergate"])


def _ifeval(row: Row, context: Context) -> Item:
    pairs = zip(row["instruction_id_list"], row["kwargs"], strict=True)
    constraints = [
        {"id": name, "kwargs": {key: value for key, value in (kwargs or {}).items() if value is not None}}
        for name, kwargs in pairs
    ]
    return _asked(row, context, Task.INSTRUCTION, row["prompt"], {"constraints": constraints})


def _livecode(row: Row, context: Context) -> Item:
    """QwenLM's edition: the prompt is whole, the tests lie in files of their own."""
    named = row["tests"].get("fname") if isinstance(row["tests"], dict) else None
    tests = livecode.hidden(named, context.folder) if isinstance(named, str) else row["tests"]
    note = "" if tests else livecode.PUBLIC_ONLY
    tests = tests or livecode.public(row["prompt"])
    if tests is None:
        raise NoCheck("neither a file of tests nor an example in the prompt")
    return _asked(row, context, Task.CODE, row["prompt"], {"tests": tests}, note)


def _livecode_hub(row: Row, context: Context) -> Item:
    tests, note = livecode.of_hub(row)
    if tests is None:
        raise NoCheck("no test case")
    starter = row.get("starter_code") or ""
    way = f"Use this starter code:\n```python\n{starter}\n```" if starter else _FROM_STDIN
    prompt = (
        f"Write a correct Python program for this problem.\n\n{row['question_content']}\n\n{way}\n{_FENCED}"
    )
    return _asked(row, context, Task.CODE, prompt, {"tests": tests}, note)


_FROM_STDIN = "Read the input from stdin and write the answer to stdout."
_FENCED = "Reply with the whole program in one ```python block."


def _gsm8k(row: Row, context: Context) -> Item:
    found = _FINAL.search(row["answer"]) if isinstance(row["answer"], str) else None
    if found is None:
        raise ValueError("answer: a text that ends in '#### NUMBER' is wanted")
    value = found.group(1).replace(",", "").strip()
    reference = {"kind": "number", "value": value}
    return _asked(row, context, Task.MATH, f"{row['question']}\n{_BOXED}", {"reference": reference})


def _aime(row: Row, context: Context) -> Item:
    text = row.get("prompt") or row["problem"]
    prompt = text if "\\boxed" in text else f"{text}\n{_BOXED}"
    reference = {"kind": "math", "value": str(row["answer"])}
    return _asked(row, context, Task.MATH, prompt, {"reference": reference})


def _bfcl(row: Row, context: Context) -> Item:
    name = _id(row, context)
    truth = row.get("ground_truth", context.truths.get(name))
    if truth is None:
        raise NoCheck("no right calls: give the file of `possible_answer` with --answers")
    messages = functions.messages(row["question"])
    if messages is None:
        raise NoCheck("several turns: they need tools that act")
    offered = row["function"]
    body = {
        "messages": messages,
        "tools": functions.tools(offered if isinstance(offered, list) else [offered]),
    }
    reference = {"kind": "calls", "value": functions.calls(truth)}
    return Item(name, Task.TOOL_USE, body, {"reference": reference})


_FORMS: tuple[tuple[frozenset[str], Callable[[Row, Context], Item]], ...] = (
    (frozenset({"tiergate", "task"}), _own),
    (frozenset({"prompt", "instruction_id_list", "kwargs"}), _ifeval),
    (frozenset({"question_content", "public_test_cases"}), _livecode_hub),
    (frozenset({"question", "function"}), _bfcl),
    (frozenset({"prompt", "tests"}), _livecode),
    (frozenset({"question", "answer"}), _gsm8k),
    (frozenset({"prompt", "answer"}), _aime),
    (frozenset({"problem", "answer"}), _aime),
)


def _asked(
    row: Row, context: Context, task: Task, prompt: str, declared: Mapping[str, Any], note: str = ""
) -> Item:
    return Item(_id(row, context), task, {"messages": [{"role": "user", "content": prompt}]}, declared, note)


def _id(row: Row, context: Context) -> str:
    for name in ("id", "question_id", "key", "global_id"):
        if isinstance(row.get(name), str | int):
            return str(row[name])
    return str(context.number)


def parse_row(line: bytes | str, where: str) -> Row:
    """Raises BadSuite."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadSuite(f"{where}: is not JSON: {error}; one question a line is needed") from error
    if not isinstance(row, dict):
        raise BadSuite(f"{where}: is no JSON object; {FORMS}")
    return row
