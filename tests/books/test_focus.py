"""FOCUS exports: every row meets its version's constraints, and all together are the month, to the pico."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.books.focus.columns import VERSIONS, columns
from router.books.focus.providers import BadMap, Providers, read_providers
from router.books.focus.rows import Row, export
from router.books.focus.usage import sku_price_id
from router.books.focus.write import write_csv, write_parquet
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.domain.money import PicoUSD, as_usd
from router.policy.documents import Bundle
from tests.books.focus_spec import ALLOWED, DATES, DECIMALS, OBJECTS, levels, not_null, of_all, refuse
from tests.books.test_periods import AFTER, MONTHS, Ledger

MONTH = date(2026, 10, 1)


@pytest.fixture
def seeded(ledger: Engine, shipped: Bundle, tmp_path: Path) -> Ledger:
    """A month with everything that goes wrong."""
    seed_ledger(ledger, Order(1_200, 1, 5, MONTH), shipped.catalog, shipped.prices, lambda _: None)
    roll(ledger, ("cost_centre",), AFTER)
    return Ledger(ledger, tmp_path)


def rows_of(
    books: Ledger, month: date, version: str = "1.4", providers: Providers | None = None
) -> list[Row]:
    with books.engine.connect() as connection:
        return export(connection, month, version, providers or Providers()).rows


def check(row: Row, version: str) -> None:
    """The constraints of the specification, and no column but the version's and our own."""
    assert set(row) <= {column.name for column in columns(version)}
    assert list(refuse(row, version)) == [], row


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_are_the_specifications(version: str) -> None:
    """All of the version's columns, by its names, types and allowed values; null only where it may be."""
    ours = {column.name: column for column in columns(version) if not column.name.startswith("x_")}
    theirs = not_null(version)
    assert set(ours) == set(theirs) and len(theirs) == {"1.2": 57, "1.4": 65}[version]
    assert [name for name in theirs if theirs[name] and ours[name].nullable] == []
    assert sum(level == "Mandatory" for level in levels(version).values()) == 21
    for name, column in ours.items():
        kind = "decimal" if name in DECIMALS else "datetime" if name in DATES else "string"
        assert column.kind == ("json" if name in OBJECTS else kind), name
        assert set(column.allowed) <= ALLOWED.get(name, {"USD"}), name
    own = [column.name for column in columns(version)][len(ours) :]
    assert own and all(re.fullmatch("x_[A-Z][A-Za-z0-9]{0,47}", name) for name in own)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_row_meets_the_specification(seeded: Ledger, version: str) -> None:
    """Types, nulls and allowed values by column, and unit price times quantity is the cost, exactly."""
    rows = rows_of(seeded, MONTH, version)
    assert {row["x_TokenDirection"] for row in rows} == {"Input", "Output"}
    assert {row["x_CacheAction"] for row in rows} >= {None, "Read"}
    for row in rows:
        check(row, version)
    assert list(of_all(rows)) == []


WRONG = (
    ("ChargePeriodEnd", "2026-11-02T00:00:00Z", "charge period"),
    ("ChargePeriodStart", "2026-10-01 00:00:00", "YYYY-MM-DDTHH"),
    ("ChargeClass", "Correction", "ChargeClass"),
    ("PricingQuantity", Decimal("7.5"), "PricingQuantity is not ContractedCost"),
    ("PricingCategory", None, "PricingCategory is null beside SkuPriceId"),
    ("SkuPriceId", None, "PricingUnit without SkuPriceId"),
    ("PricingUnit", "per 1M tokens", "Unit Format"),
    ("SkuPriceDetails", '{"ModelId": "gpt-5"}', "lack x_"),
    ("Tags", '{"team": {"name": "search"}}', "objects or arrays inside"),
    ("BillingCurrency", "US dollars", "ISO 4217"),
    ("EffectiveCost", 1.5, "not a decimal"),
    ("ServiceName", None, "ServiceName is None"),
    ("ServiceSubcategory", "LLM", "not allowed"),
    ("Model", "gpt-5", "nor a custom one"),
    ("SubAccountType", None, "SubAccountId without SubAccountType"),
    ("AllocatedResourceId", "search", "AllocatedResourceId without AllocatedMethodId"),
)


def test_what_is_against_the_specification_is_refused(sqlite_ledger: Engine, tmp_path: Path) -> None:
    """The check above sees what is wrong with a row."""
    books = Ledger(sqlite_ledger, tmp_path)
    books.book(MONTHS[0])
    books.roll()
    good = next(row for row in rows_of(books, MONTHS[0]) if row["ChargeCategory"] == "Usage")
    assert list(refuse(good, "1.4")) == []
    for name, value, said in WRONG:
        assert said in " ".join(refuse(good | {name: value}, "1.4")), (name, value)


def test_a_price_that_changes_keeps_its_sku_price() -> None:
    """The day it began is in x_PriceId only; the variant is part of the SKU price."""
    assert sku_price_id("gpt-5@2025-08-07", "output") == sku_price_id("gpt-5@2026-02-01", "output")
    assert sku_price_id("m/e@2026-01-01T12:00:00Z#batch,>200000", "output") == "m/e#batch,>200000/output"
    assert sku_price_id("price-1", "output") == "price-1/output"


def test_versions_name_providers_by_their_own_columns() -> None:
    """1.2 has provider and publisher, 1.4 service and host provider; custom columns come last."""
    names = {version: [column.name for column in columns(version)] for version in VERSIONS}
    assert {"ProviderName", "PublisherName"} <= set(names["1.2"]) - set(names["1.4"])
    assert {"ServiceProviderName", "HostProviderName"} <= set(names["1.4"]) - set(names["1.2"])
    for found in names.values():
        first = next(n for n, name in enumerate(found) if name.startswith("x_"))
        assert all(name.startswith("x_") for name in found[first:])


def test_all_rows_are_the_month(seeded: Ledger) -> None:
    """EffectiveCost and ContractedCost add up to the ledger; simulated endpoints are billed by nobody."""
    rows = rows_of(seeded, MONTH)
    truth = as_usd(PicoUSD(seeded.truth()))
    assert sum(row["EffectiveCost"] for row in rows) == sum(row["ContractedCost"] for row in rows) == truth
    assert sum(row["BilledCost"] for row in rows) == 0
    with seeded.engine.connect() as connection:
        assert export(connection, MONTH, "1.4", Providers()).unknown > 0


def test_corrections_of_closed_months(ledger: Engine, tmp_path: Path) -> None:
    """Late usage keeps its own charge period, cost corrections are adjustments, both of class Correction; all
    months together are the ledger."""
    books = Ledger(ledger, tmp_path)
    books.book(MONTHS[0])
    books.close(MONTHS[0])
    books.book(MONTHS[0])
    books.correct()
    books.roll()
    rows = rows_of(books, MONTHS[1])
    for row in rows:
        check(row, "1.4")
        assert (row["ChargeClass"], row["BillingPeriodStart"]) == ("Correction", "2026-09-01T00:00:00Z")
    assert {row["ChargeCategory"] for row in rows} == {"Usage", "Adjustment"}
    both = [*rows_of(books, MONTHS[0]), *rows]
    assert sum(row["EffectiveCost"] for row in both) == as_usd(PicoUSD(books.truth()))
    assert sum(row["BilledCost"] for row in both) == sum(row["EffectiveCost"] for row in both)


def test_what_is_self_hosted_is_billed_by_nobody(ledger: Engine, tmp_path: Path) -> None:
    """Unless the map says that an invoice comes for it, and who sends it."""
    books = Ledger(ledger, tmp_path)
    books.book(MONTHS[0])
    books.roll()
    path = tmp_path / "map.yaml"
    path.write_text("models: {big: {self_hosted: true, provider: Acme, service: vLLM}}")
    for row in rows_of(books, MONTHS[0], "1.4", read_providers(path)):
        assert (row["BilledCost"], row["ServiceProviderName"], row["ServiceName"]) == (0, "Acme", "vLLM")
        assert row["EffectiveCost"] > 0
    path.write_text("models: {big: {acount: x}}")
    with pytest.raises(BadMap, match=r"models\.big\.acount"):
        read_providers(path)


@pytest.mark.parametrize("version", VERSIONS)
def test_files_hold_the_same(seeded: Ledger, tmp_path: Path, version: str) -> None:
    """CSV and Parquet read back as the rows: null stays null, no amount loses a digit."""
    parquet = pytest.importorskip("pyarrow.parquet")
    rows, known = rows_of(seeded, MONTH, version), columns(version)
    write_csv(tmp_path / "f.csv", known, rows)
    write_parquet(tmp_path / "f.parquet", known, rows)
    with (tmp_path / "f.csv").open(newline="") as file:
        texts = list(csv.DictReader(file))
    table = parquet.read_table(tmp_path / "f.parquet")
    kinds = {"decimal": "decimal128(38, 12)", "datetime": "timestamp[us, tz=UTC]"}
    assert [str(field.type) for field in table.schema] == [kinds.get(c.kind, "string") for c in known]
    assert [field.nullable for field in table.schema] == [column.nullable for column in known]
    stored = table.to_pylist()
    assert len(texts) == len(stored) == len(rows)
    for row, text, value in zip(rows, texts, stored, strict=True):
        assert list(text) == list(value) == [column.name for column in known]
        assert "E" not in text["EffectiveCost"]
        for column in known:
            expected = row.get(column.name)
            if column.kind == "decimal" and expected is not None:
                assert re.fullmatch(r"-?[0-9]+\.[0-9]+", text[column.name])
                assert Decimal(text[column.name]) == value[column.name] == expected
            elif column.kind != "datetime":
                assert (text[column.name] or None) == value[column.name] == expected
