"""FOCUS exports: every row meets its version's constraints, and all together are the month, to the pico."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from router.books.focus.columns import VERSIONS, Column, columns
from router.books.focus.providers import BadMap, Providers, read_providers
from router.books.focus.rows import Row, export
from router.books.focus.write import write_csv, write_parquet
from router.books.rollups.roll import roll
from router.books.seed.run import Order, seed_ledger
from router.domain.money import PicoUSD, as_usd
from router.policy.documents import Bundle
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
    """The constraints of the specification, column by column and between columns."""
    known = columns(version)
    assert set(row) <= {column.name for column in known}
    for column in known:
        _check_value(column, row.get(column.name))
    usage, correction = row["ChargeCategory"] == "Usage", row["ChargeClass"] == "Correction"
    get = row.get
    if usage and not correction:
        for name in ("SkuId", "SkuPriceId", "PricingQuantity", "PricingUnit", "PricingCategory",
                     "ListUnitPrice", "ContractedUnitPrice", "ConsumedQuantity", "ConsumedUnit"):  # fmt: skip
            assert get(name) is not None, name
    if usage:
        assert row["ContractedUnitPrice"] * row["PricingQuantity"] == row["ContractedCost"]
        assert row["ListUnitPrice"] * row["PricingQuantity"] == row["ListCost"]
        assert row["ChargeFrequency"] == "Usage-Based"
    if get("SkuId") is None:
        assert get("SkuMeter") is None and get("SkuPriceId") is None and get("SkuPriceDetails") is None
    for amount, unit in (("PricingQuantity", "PricingUnit"), ("ConsumedQuantity", "ConsumedUnit")):
        assert (get(amount) is None) == (get(unit) is None)
    for start, end in (("ChargePeriodStart", "ChargePeriodEnd"), ("BillingPeriodStart", "BillingPeriodEnd")):
        assert row[start] < row[end]
    assert row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]
    assert (row["ChargePeriodStart"] < row["BillingPeriodStart"]) == correction
    assert (get("SubAccountId") is None) == (get("SubAccountType") is None)


def _check_value(column: Column, value: object) -> None:
    assert column.nullable or value not in (None, ""), column.name
    if value is None:
        return
    assert not column.allowed or value in column.allowed, (column.name, value)
    match column.kind:
        case "decimal":
            assert isinstance(value, Decimal) and value.is_finite(), column.name
        case "datetime":
            assert isinstance(value, str) and value.endswith("Z")
            assert datetime.fromisoformat(value).tzinfo == UTC
        case "json":
            assert isinstance(value, str)
            assert all(isinstance(v, str) for v in json.loads(value).values())
        case "string":
            assert isinstance(value, str)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_row_meets_the_specification(seeded: Ledger, version: str) -> None:
    """Types, nulls and allowed values by column, and unit price times quantity is the cost, exactly."""
    rows = rows_of(seeded, MONTH, version)
    assert {row["x_TokenDirection"] for row in rows} == {"Input", "Output"}
    assert {row["x_CacheAction"] for row in rows} >= {None, "Read"}
    for row in rows:
        check(row, version)


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
    stored = parquet.read_table(tmp_path / "f.parquet").to_pylist()
    assert len(texts) == len(stored) == len(rows)
    for row, text, value in zip(rows, texts, stored, strict=True):
        assert list(text) == list(value) == [column.name for column in known]
        assert "E" not in text["EffectiveCost"]
        for column in known:
            expected = row.get(column.name)
            if column.kind == "decimal" and expected is not None:
                assert Decimal(text[column.name]) == value[column.name] == expected
            elif column.kind != "datetime":
                assert (text[column.name] or None) == value[column.name] == expected
