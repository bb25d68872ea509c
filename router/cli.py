"""The verbs of `tiergate`. Each lives with what it works on; this is the list."""

from __future__ import annotations

import os

import click

from dashboard.command import dashboard
from router.admin.credentials_command import admin
from router.admin.keys_command import keys
from router.audit.command import audit
from router.books.command import books
from router.books.explain.command import explain
from router.books.focus.command import export
from router.books.outlook.anomaly_command import anomalies_
from router.books.outlook.forecast_command import forecast_
from router.books.periods.command import close, periods_, reopen_
from router.books.periods.late_command import late_
from router.books.reconcile.command import reconcile
from router.books.seed.command import seed
from router.books.statement.command import statement
from router.books.tie.command import check_books
from router.budgets.command import budgets_
from router.calibrate.command import calibrate
from router.corrections.command import late_usage_, rerate_
from router.fleet.command import fleet
from router.gpu.command import gpu
from router.judge.command import judge
from router.learn.command import eval_router, train
from router.learn.learn_command import learn
from router.lifecycle.command import policy_test
from router.lifecycle.plan_command import policy_plan
from router.lifecycle.store_command import (
    policy_apply,
    policy_diff,
    policy_history,
    policy_rollback,
    policy_show,
)
from router.policy.command import policy
from router.prices.command import prices
from router.prompts.command import erase_, prompts
from router.record.command import ledger
from router.sandbox.command import sandbox
from router.sandbox.demo_command import demo
from router.savings.command import savings_
from router.savings.unit_command import outcomes_
from router.secret_files import secrets_from_files
from router.serve import serve
from router.suites.command import bench_models

ledger.add_command(seed)
books.add_command(periods_)
books.add_command(explain)
books.add_command(check_books)
books.add_command(late_)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tiergate")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Tiergate: one OpenAI-compatible endpoint, three tiers, one ledger."""
    ctx.with_resource(secrets_from_files(os.environ))


for command in (rerate_, late_usage_):
    ledger.add_command(command)
for verb in (
    policy_test,
    policy_plan,
    policy_apply,
    policy_rollback,
    policy_history,
    policy_show,
    policy_diff,
):
    policy.add_command(verb)
for command in (
    serve,
    sandbox,
    demo,
    keys,
    admin,
    books,
    close,
    reopen_,
    statement,
    export,
    reconcile,
    ledger,
    audit,
    erase_,
    prompts,
    policy,
    prices,
    budgets_,
    gpu,
    savings_,
    outcomes_,
    forecast_,
    anomalies_,
    train,
    eval_router,
    learn,
    judge,
    calibrate,
    bench_models,
    fleet,
    dashboard,
):
    main.add_command(command)
