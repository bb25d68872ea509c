"""`tiergate books check`."""

from __future__ import annotations

import click
import orjson

from router.books.focus.providers import BadMap, read_providers
from router.books.months import name
from router.books.rolled import rolled_ledger
from router.books.tie.compare import Compared, compare
from router.policy.table import aligned
from router.settings import read_settings


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; money in pico-USD.")
def check_books(as_json: bool) -> None:
    """Add the ledger up anew and hold it against all that finance reads of it, to the pico-dollar.

    Ledger rows against sums by hour and day; each month against its statement, printed cents and FOCUS
    exports; closings against their digests; reconciliations against the ledger. Exit code 0: all is equal; 2:
    something differs, and what; 1: error.
    """
    try:
        providers = read_providers(read_settings().sellers)
    except (BadMap, OSError) as error:
        raise click.ClickException(str(error)) from error
    with rolled_ledger() as connection:
        found = list(compare(connection, providers))
    off = [one for one in found if one.off]
    if as_json:
        click.echo(orjson.dumps([_facts(one) for one in found]).decode())
    elif off:
        head = ("month", "what", "expected", "found", "off")
        rows = [
            [_month(one), one.what, *(f"{n:,}" for n in (one.expected, one.found, one.off))] for one in off
        ]
        click.echo("\n".join(aligned(head, rows)))
        click.echo("pico-US-dollars, but for counts and printed cents")
    if not as_json:
        click.echo(f"{len(found) - len(off):,} of {len(found):,} figures are equal")
    raise SystemExit(2 if off else 0)


def _facts(one: Compared) -> dict[str, object]:
    return {
        "month": _month(one),
        "what": one.what,
        "expected": one.expected,
        "found": one.found,
        "off": one.off,
    }


def _month(one: Compared) -> str:
    return "all" if one.month is None else name(one.month)
