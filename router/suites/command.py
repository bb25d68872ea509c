"""`tiergate bench-models`: the command line. What measures is imported when the command runs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from router.settings import read_settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_FORM = """
\b
A FILE holds one JSON object a line (.jsonl, .jsonl.gz, .parquet): AIME, GSM8K, IFEval,
LiveCodeBench or BFCL as they are published, or our own form:
  {"task": "math", "prompt": "What is 17 * 23?",
   "tiergate": {"reference": {"kind": "number", "value": "391"}}}
prompt or messages; tiergate is what a request declares of a right answer: reference,
constraints or tests. Optional: id, tools, tool_choice, response_format, max_tokens.
\b
Give the workload bench-SUITE a rule with `verify: after_reply` for every verdict to be on the
ledger; it is the header that these requests carry.
"""


@click.command("bench-models", epilog=_FORM)
@click.option(
    "--suite",
    required=True,
    metavar="NAME|FILE",
    help="aime24, aime25, ifeval, livecodebench, gsm8k, bfcl, or a file.",
)
@click.option(
    "--models",
    required=True,
    metavar="A,B,auto",
    help="What to ask for: models of the catalog, auto, auto/TIER.",
)
@click.option("--data", type=_FOLDER, help="Folder that holds the named suites; left out: the model hub.")
@click.option("--answers", type=_FILE, help="BFCL: the file of right calls (possible_answer).")
@click.option(
    "--tests", type=_FOLDER, help="LiveCodeBench: folder of test files; left out: beside the suite."
)
@click.option("--url", default="http://127.0.0.1:8080/v1", show_default=True, help="The gateway's base URL.")
@click.option(
    "--key-env", default="TIERGATE_KEY", show_default=True, help="Environment variable that holds the key."
)
@click.option(
    "--n", "count", type=click.IntRange(1), help="How many questions, the first ones; left out: all."
)
@click.option(
    "--repeats", type=click.IntRange(1, 256), default=1, show_default=True, help="How often each is asked."
)
@click.option("--temperature", type=click.FloatRange(0, 2), help="Left out: the model's own.")
@click.option("--max-tokens", type=click.IntRange(1), help="Longest answer; left out: the model's own.")
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=4, show_default=True, help="Calls open at once."
)
@click.option(
    "--rpm",
    type=click.FloatRange(min=0, min_open=True),
    help="Calls begun per minute; left out: as many as go.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    default=900.0,
    show_default=True,
    help="Seconds per answer.",
)
@click.option(
    "--resume", type=_FILE, help="File of results: what is in it is not asked again, the rest is appended."
)
@click.option("--plot", type=_FILE, metavar="FILE.png", help="Draw accuracy over cost.")
@click.option("--json", "as_json", is_flag=True, help="The same figures for a program.")
def bench_models(models: str, **chosen: Any) -> None:
    """Run a benchmark through the gateway, verify the answers, and print a scorecard.

    Accuracy with its interval, cost, latency and cost per right answer of each model, beside the score that
    was published for it. Costs what the answers cost; they are on the ledger like any others.
    """
    work = import_module("router.suites.run")
    names = tuple(dict.fromkeys(name.strip() for name in models.split(",") if name.strip()))
    if not names:
        raise click.BadParameter("names no model", param_hint="--models")
    try:
        work.run(work.Options(models=names, **chosen), read_settings())
    except (*work.EXPECTED, OSError) as error:
        raise click.ClickException(str(error)) from error
