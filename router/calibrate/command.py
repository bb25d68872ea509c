"""`tiergate calibrate`: the command line. What measures is imported when the command runs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from router.policy.ability.document import LEARNED_FILE
from router.policy.problems import PolicyRejected
from router.settings import read_settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_FORM = """
\b
Prompt files hold one JSON object a line:
  {"task": "math", "prompt": "What is 17 * 23?", "check": {"type": "integer", "value": 391}}
prompt or messages; task: math, code, knowledge, instruction, tool_use, extraction,
classification, writing or other.
\b
Checks:
  {"type": "integer", "value": 42}
  {"type": "exact", "value": "Canberra"}
  {"type": "contains", "all": ["..."], "any": ["..."], "none": ["..."]}
  {"type": "choice", "value": "b", "options": ["a", "b"]}
  {"type": "json_schema", "equals": {"total": 12}}
  {"type": "tool_call", "calls": [{"name": "f", "arguments": {"x": 1}}]}
  {"type": "python_tests", "function": "f", "tests": ["assert f(1) == 2"]}
Optional: id, data_class, tools, tool_choice, response_format, max_tokens.
"""


@click.command(epilog=_FORM)
@click.argument("model")
@click.option("--endpoint", help="Endpoint of the catalog; left out: the model's first active one over HTTP.")
@click.option("--url", help="Base URL up to and with /v1, for a model that is not in the catalog yet.")
@click.option("--key-env", help="With --url: environment variable that holds its key.")
@click.option("--upstream-model", help="With --url: the name that the server knows the model by.")
@click.option("--residency", help="With --url: where it processes data, such as on-premises.")
@click.option("--prompts", "prompt_file", type=_FILE, help="Prompts, see below; left out: the project's own.")
@click.option(
    "--n",
    "count",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="How many, spread over tasks.",
)
@click.option("--seed", default=0, show_default=True, help="Which ones.")
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=4, show_default=True, help="Calls open at once."
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds per answer; left out: the endpoint's own limit.",
)
@click.option(
    "--resume", type=_FILE, help="File of results: those in it are not asked again, new ones are appended."
)
@click.option("--out", type=_FILE, help="File to write the catalog patch to; left out: printed.")
@click.option("--write", type=_FILE, metavar="CATALOG.yaml", help="Put the patch into this catalog as well.")
@click.option("--simulated", is_flag=True, help="Let --write record what a simulated endpoint answered.")
def calibrate(model: str, **chosen: Any) -> None:
    """Ask MODEL checked prompts at a live endpoint and write what was right as a catalog patch.

    Costs what the answers cost; nothing goes through the gateway or into its ledger. Prompts go only where
    the policy lets their data class go; restricted ones to on-premises endpoints.
    """
    work = import_module("router.calibrate.run")
    options = work.Options(model=model, **chosen)
    settings = read_settings()
    try:
        work.run(options, settings.policy_dir, settings.data_dir / LEARNED_FILE)
    except PolicyRejected as rejected:
        raise click.ClickException(f"the policy folder cannot be put in force:\n{rejected}") from rejected
    except (*work.EXPECTED, OSError) as error:
        raise click.ClickException(str(error)) from error
