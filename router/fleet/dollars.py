"""The command line's way to say a price: `1.50`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click


class Dollars(click.ParamType[Decimal]):
    """An amount in US dollars, more than 0."""

    name = "dollars"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is no amount in US dollars such as 1.50", param, ctx)
        if not amount.is_finite() or amount <= 0:
            self.fail("must be more than 0", param, ctx)
        return amount


DOLLARS = Dollars()
