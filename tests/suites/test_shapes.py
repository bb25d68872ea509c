"""Lines of the published forms become questions with the right check; others are refused by place."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from router.domain.kinds import Task
from router.suites.item import BadSuite, Item
from router.suites.load import load
from tests.suites.conftest import Write

SHARED = Path(__file__).parents[3] / "shared/data/benchmarks"
WEATHER = {
    "name": "weather.now",
    "description": "The weather.",
    "parameters": {
        "type": "dict",
        "properties": {"city": {"type": "string"}, "at": {"type": "tuple", "items": {"type": "float"}}},
        "required": ["city"],
    },
}


def only(path: Path, **options: Any) -> Item:
    (item,) = load(str(path), None, options.get("answers"), options.get("tests")).items
    return item


def test_mathematics(write: Write) -> None:
    """Prompts ask for a boxed answer once; GSM8K's answer is the number after its mark."""
    boxed = only(write("a.jsonl", [{"prompt": "1 + 1? In \\boxed{}.", "answer": 2}]))
    assert boxed.body["messages"][0]["content"] == "1 + 1? In \\boxed{}."
    assert boxed.declared == {"reference": {"kind": "math", "value": "2"}} and boxed.task is Task.MATH
    hub = only(write("b.jsonl", [{"problem": "2 + 2?", "answer": "4", "id": 7, "solution": "..."}]))
    assert hub.id == "7" and "\\boxed{}" in hub.body["messages"][0]["content"]
    gsm = only(write("c.jsonl", [{"question": "Eggs?", "answer": "5 * 300 = 1500\n#### 1,500"}]))
    assert gsm.declared == {"reference": {"kind": "number", "value": "1500"}}


def test_instructions(write: Write) -> None:
    """A hub's empty arguments are left out."""
    row = {
        "key": 1000,
        "prompt": "No commas.",
        "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
        "kwargs": [{"num_words": None}, {"num_words": 30, "relation": "at least", "keyword": None}],
    }
    item = only(write("i.jsonl", [row]))
    assert item.id == "1000" and item.task is Task.INSTRUCTION
    assert [one["kwargs"] for one in item.declared["constraints"]] == [
        {},
        {"num_words": 30, "relation": "at least"},
    ]


def test_function_calls(write: Write, tmp_path: Path) -> None:
    """Types become JSON Schema's, dots go from names, the right calls come from the file of answers."""
    question = {"id": "simple_0", "question": [[{"role": "user", "content": "Rome?"}]], "function": [WEATHER]}
    answers = write("answers.jsonl", [{"id": "simple_0", "ground_truth": [{"weather.now": {
        "city": ["Rome", "Roma"], "at": ["", [1.0, 2.0]]}}]}])  # fmt: skip
    item = only(write("f.jsonl", [question]), answers=answers)
    offered = item.body["tools"][0]["function"]
    assert offered["name"] == "weather_now" and offered["parameters"]["type"] == "object"
    assert offered["parameters"]["properties"]["at"] == {"type": "array", "items": {"type": "number"}}
    (call,) = map(json.loads, item.declared["reference"]["value"])
    assert call == {
        "name": "weather_now",
        "arguments": {"city": ["Rome", "Roma"], "at": [[1.0, 2.0]]},
        "optional": ["at"],
    }
    several = {**question, "id": "multi_0", "question": [[{"role": "user", "content": "a"}], []]}
    suite = load(str(write("g.jsonl", [question, several])), None, answers, None)
    assert len(suite.items) == 1
    assert sum(suite.skipped.values()) == 1


def test_objects_among_accepted_values_are_written_out(write: Write) -> None:
    """Each field has its own accepted values, and may be one that can be left out."""
    truth = [{"f": {"where": [{"city": ["Rome", "Roma"], "zip": ["", "00100"]}]}}]
    row = {"id": "x", "question": "Where?", "function": {**WEATHER, "name": "f"}, "ground_truth": truth}
    (call,) = map(json.loads, only(write("f.jsonl", [row])).declared["reference"]["value"])
    forms = call["arguments"]["where"]
    assert len(forms) == 4 and {"city": "Roma"} in forms and {"city": "Rome", "zip": "00100"} in forms


def test_own_form_and_compressed_files(write: Write, tmp_path: Path) -> None:
    """Fields of a request are kept."""
    row = {
        "id": "a",
        "task": "extraction",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Capital?"}],
        "max_tokens": 20,
        "tiergate": {"reference": {"kind": "exact", "value": "Canberra"}},
    }
    path = tmp_path / "own.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    item = only(path)
    assert item.body["max_tokens"] == 20 and len(item.body["messages"]) == 2
    assert load(str(path), None, None, None).name.startswith("own ")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["{"], ":1: is not JSON"),
        (["[1]"], ":1: is no JSON object"),
        ([{"text": "?"}], ":1: has the fields text; a line is"),
        ([{"task": "maths", "prompt": "?", "tiergate": {"tests": {}}}], "'maths' is none of"),
        ([{"task": "math", "tiergate": {"tests": {}}}], "needs either prompt or messages"),
        ([{"task": "math", "prompt": "?", "tiergate": {"language": "en"}}], "nothing is checked"),
        ([{"task": "math", "prompt": "?", "tiergate": {"reference": {"kind": "maths", "value": "1"}}}],
         ":1: "),
        ([{"prompt": "?", "instruction_id_list": ["no:such"], "kwargs": [{}]}], "no:such"),
        ([{"question": "?", "answer": "forty"}], "#### NUMBER"),
        ([{"prompt": "?", "answer": 1, "id": "a"}] * 2, "'a' is given twice"),
        ([{"prompt": "No example.", "tests": {"fname": "1.json"}}], "neither a file of tests nor an example"),
        ([], "the file is empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_place(write: Write, rows: list[Any], said: str) -> None:
    """Before anything is asked."""
    path = write("bad.jsonl", rows)
    with pytest.raises(BadSuite) as refused:
        load(str(path), None, None, None)
    assert said in str(refused.value) and str(path) in str(refused.value)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared benchmarks")
@pytest.mark.parametrize(
    ("name", "count", "benchmark"),
    [
        ("aime24", 30, "AIME 2024"),
        ("aime25", 30, "AIME 2025"),
        ("ifeval", 541, "IFEval"),
        ("livecodebench", 279, "LiveCodeBench"),
    ],
)
def test_the_benchmarks_as_they_are_published(name: str, count: int, benchmark: str) -> None:
    """Every question has a check that the gateway would accept."""
    suite = load(name, SHARED, None, None)
    assert (len(suite.items), suite.benchmark, suite.skipped) == (count, benchmark, {})
