"""`tiergate train` and `tiergate eval-router`: fit the query model and measure routers on outcomes.

Light on purpose: what needs the `train` extra is imported when a command runs, so that the gateway and its
other commands neither load nor need it.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

_FOLDER = click.Path(path_type=Path)
_DATA = click.option(
    "--data", required=True, type=_FOLDER, help="Folder of *.jsonl[.gz] outcome files; see below."
)
_SEED = click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")

_FORM = """
\b
One question a line:
  {"source": "gsm8k", "task": "gsm8k", "prompt": "...",
   "outcomes": {"MODEL": {"score": 0..1, "out_chars": 812}, ...}}
source and task default to the file's name; out_chars (length of the answer) may be left out.
"""


def _needed(module: str) -> Any:
    """The module of this package that does the work. Raises ClickException when the extra is missing."""
    try:
        return import_module(f"router.learn.{module}")
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is not installed; this command needs it: pip install 'tiergate[train]'"
        ) from error


@click.command(epilog=_FORM)
@_DATA
@click.option(
    "--out", type=_FOLDER, default=Path("data/query-model"), show_default=True, help="Folder to write."
)
@click.option("--features", default=60_000, show_default=True, help="Words and pairs that are kept.")
@click.option("--folds", default=5, show_default=True, help="Folds of the card's held-out figures; 0: none.")
@click.option(
    "--head", multiple=True, help="CATALOG_NAME=MODEL: also fit a head of this model's own outcomes."
)
@_SEED
def train(data: Path, out: Path, features: int, folds: int, head: tuple[str, ...], seed: int) -> None:
    """Fit the query model on recorded outcomes and write it with its card (data, command, figures).

    The gateway reads the file that TIERGATE_QUERY_MODEL names (default: the shipped one).
    """
    _needed("run_train").run(data, out, features, folds, seed, head)


@click.command("eval-router", epilog=_FORM)
@_DATA
@click.option("--weak", help="The cheaper model of a pair.")
@click.option("--strong", help="The dearer model of a pair.")
@click.option(
    "--tiers",
    help="Models to route between, as small=M,reasoning=M,frontier=M (any names, any number of them).",
)
@click.option("--leave-out", help="A model to treat as a successor that nothing has been fitted on.")
@click.option(
    "--calibration",
    multiple=True,
    type=click.IntRange(1),
    help="With --leave-out: calibration answers (repeatable).",
)
@click.option(
    "--labels",
    type=click.IntRange(0),
    help="Outcomes of each routed model that the router may learn from, in each question set, on questions "
    "chosen for their texts to stand for the others (default: all).",
)
@click.option(
    "--sets", help="Question sets to measure on, by source, comma-separated (default: all that fit)."
)
@click.option(
    "--price", multiple=True, help="MODEL=INPUT/OUTPUT in US dollars per million tokens (repeatable)."
)
@click.option(
    "--cascade",
    is_flag=True,
    help="With --tiers: also simulate answering, checking and trying the next, at a range of error rates.",
)
@click.option(
    "--check",
    "checks",
    multiple=True,
    help="FALSE_ACCEPT/FALSE_REJECT of a check to simulate, such as 0.05/0.02 (repeatable).",
)
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2), help="Cross-validation folds.")
@_SEED
@click.option("--plots", type=_FOLDER, help="Folder to write plots (PNG) into.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON instead of tables.")
def eval_router(
    data: Path,
    weak: str | None,
    strong: str | None,
    tiers: str | None,
    leave_out: str | None,
    calibration: tuple[int, ...],
    labels: int | None,
    sets: str | None,
    price: tuple[str, ...],
    cascade: bool,
    checks: tuple[str, ...],
    folds: int,
    seed: int,
    plots: Path | None,
    as_json: bool,
) -> None:
    """Measure routing by the query model on recorded outcomes, cross-validated by prompt.

    Give a pair (--weak, --strong), several models (--tiers) or a successor (--leave-out). Every figure is of
    held-out prompts: nothing is fitted on a prompt it is measured on, the shipped model is not used.
    """
    _needed("run_eval").run(
        data=data,
        pair=(weak, strong),
        tiers=tiers,
        leave_out=leave_out,
        calibration=calibration or (50, 100),
        labels=labels,
        sets=tuple(sets.split(",")) if sets else (),
        prices=price,
        checks=_needed("check_option").read_checks(checks, cascade),
        folds=folds,
        seed=seed,
        plots=plots,
        as_json=as_json,
    )
