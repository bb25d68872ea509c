"""The suites that have a name: what their scores are published as, and where the model hub keeps them.

Hub files are those of the benchmarks' own releases or their usual mirrors on huggingface.co.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_HUB_BFCL = "gorilla-llm/Berkeley-Function-Calling-Leaderboard"


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a dataset repository."""

    repository: str
    path: str


@dataclass(frozen=True, slots=True)
class Known:
    """`benchmark` is the catalog's name of it; None: no scores are kept. `files` are names tried in the
    folder given with --data, without `.jsonl` or `.jsonl.gz`. `answers`: right calls in a file of their
    own."""

    benchmark: str | None
    files: tuple[str, ...]
    hub: HubFile
    answers: HubFile | None = None


KNOWN: Mapping[str, Known] = {
    "aime24": Known(
        "AIME 2024",
        ("aime24",),
        HubFile("HuggingFaceH4/aime_2024", "data/train-00000-of-00001.parquet"),
    ),
    "aime25": Known("AIME 2025", ("aime25",), HubFile("math-ai/aime25", "test.jsonl")),
    "ifeval": Known("IFEval", ("ifeval",), HubFile("google/IFEval", "ifeval_input_data.jsonl")),
    "livecodebench": Known(
        "LiveCodeBench",
        ("livecodebench", "livecodebench_v5"),
        HubFile("livecodebench/code_generation_lite", "test5.jsonl"),
    ),
    "gsm8k": Known(None, ("gsm8k",), HubFile("openai/gsm8k", "main/test-00000-of-00001.parquet")),
    "bfcl": Known(
        "BFCL",
        ("bfcl", "BFCL_v3_simple"),
        HubFile(_HUB_BFCL, "BFCL_v3_simple.json"),
        HubFile(_HUB_BFCL, "possible_answer/BFCL_v3_simple.json"),
    ),
}
