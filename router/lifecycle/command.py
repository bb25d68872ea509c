"""`tiergate policy test`: the command line."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

from router.policy.ability.document import LEARNED_FILE
from router.policy.problems import PolicyRejected
from router.settings import read_settings

_FOLDER = click.Path(path_type=Path)


@click.command("test")
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--tests", type=_FOLDER, help="Folder of PolicyTests; left out: `tests` below FOLDER.")
@click.option("--cover", is_flag=True, help="Fail as well if a rule is reached by no case.")
@click.pass_context
def policy_test(ctx: click.Context, folder: Path | None, tests: Path | None, cover: bool) -> None:
    """Decide the cases written beside the policy in FOLDER (default: TIERGATE_POLICY_DIR).

    Without FOLDER, outcomes that were learned from the ledger count as in the gateway. Exit code 1: a case
    failed, or policy or tests are refused.
    """
    settings = read_settings()
    learned = None
    if folder is None:
        folder, learned = settings.policy_dir, settings.data_dir / LEARNED_FILE
    run = import_module("router.lifecycle.run_cases").run_cases
    query_model = import_module("router.classify.query_model")
    classifier = import_module("router.classify.learned").LearnedClassifier(
        query_model.load(settings.query_model or query_model.SHIPPED)
    )
    try:
        report = run(folder, tests, os.environ, learned, classifier)
    except PolicyRejected as rejected:
        click.echo("\n".join(str(problem) for problem in rejected.problems))
        click.echo(f"{folder}: not tested", err=True)
        ctx.exit(1)
    for outcome in report.outcomes:
        if outcome.wrong:
            click.echo(f"{outcome.case}")
            click.echo("".join(f"    {wrong}\n" for wrong in outcome.wrong), nl=False)
    for name, line in report.uncovered:
        click.echo(f"rule {name} (line {line}) is reached by no case")
    passed = len(report.outcomes) - report.failed
    click.echo(f"{folder}: {passed} of {len(report.outcomes)} cases passed", err=bool(report.failed))
    ctx.exit(1 if report.failed or (cover and report.uncovered) else 0)
