"""The price book on disk as the commands here need it: its file, its rows with their lines, its catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from router.domain.units import Unit
from router.policy.catalog_document import CatalogDocument
from router.policy.document import Parsed, parse
from router.policy.documents import Bundle, compile_files
from router.policy.folder import SourceFile, read_folder
from router.policy.price_document import ListPart, PriceDocument, PricePart, RatesPart, VariantPart
from router.policy.yamldoc import parse_documents
from router.prices.offer import PLAIN, Fields, Holds, Rates

FIELDS = ("input", "output", "cache_read", "cache_write", *(unit.value for unit in Unit))
"""The prices of a row, in the order in which they are shown and written."""


@dataclass(frozen=True, slots=True)
class Book:
    """The documents of a folder that compiles. `file` holds the price book."""

    folder: Path
    file: Path
    prices: Parsed[PriceDocument]
    catalog: Parsed[CatalogDocument]
    bundle: Bundle

    def row(self, model: str, at: datetime) -> int | None:
        """The index of the model's own price in force at `at` (no endpoint's); None: there is none."""
        for index, part in enumerate(self.prices.content.spec.prices):
            ended = part.valid_to is not None and part.valid_to <= at
            if part.model == model and part.endpoint is None and part.valid_from <= at and not ended:
                return index
        return None


def read_book(folder: Path, env: Mapping[str, str], now: datetime) -> Book:
    """Raises PolicyRejected with all that is wrong in the folder."""
    return book_of(folder, read_folder(folder), env, now)


def book_of(folder: Path, files: tuple[SourceFile, ...], env: Mapping[str, str], now: datetime) -> Book:
    """The same of files that are not on disk yet. Raises PolicyRejected."""
    bundle = compile_files(folder, files, env, now)
    prices: tuple[str, Parsed[PriceDocument]] | None = None
    catalog: Parsed[CatalogDocument] | None = None
    for file in files:
        for source in parse_documents(file.name, file.content)[0]:
            found = parse(source)[0]
            if found is not None and isinstance(found.content, PriceDocument):
                prices = file.name, Parsed(source, found.content)
            elif found is not None and isinstance(found.content, CatalogDocument):
                catalog = Parsed(source, found.content)
    assert prices is not None and catalog is not None  # the folder compiled
    return Book(folder, Path(prices[0]), prices[1], catalog, bundle)


def agreed(row: PricePart) -> Rates:
    """What is paid, by what it holds for."""
    return {PLAIN: fields(row), **{holds(part): fields(part) for part in row.variants}}


def listed(row: PricePart) -> Rates:
    """The price list's prices, by what they hold for."""
    return {
        PLAIN: fields(row if row.listed is None else row.listed),
        **{holds(part): fields(part if part.listed is None else part.listed) for part in row.variants},
    }


def fields(part: RatesPart | ListPart) -> Fields:
    """The prices that are stated."""
    return {name: price for name in FIELDS if (price := getattr(part, name)) is not None}


def holds(part: VariantPart) -> Holds:
    hours = "" if part.hours is None else f"{part.hours.start:%H:%M}-{part.hours.end:%H:%M}"
    return Holds(part.service_tier or "", part.input_above or 0, hours)
