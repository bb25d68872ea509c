"""What the verbs of `tiergate prices` work on: the book, the source, and which entry is which model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from router.policy.folder import SourceFile, read_folder
from router.policy.problems import PolicyRejected, choose
from router.policy.yamledit import CannotEdit
from router.prices.book import Book, book_of, read_book
from router.prices.compare import Change, changes
from router.prices.match import Matched, matches
from router.prices.source import NoSource, PriceSource, open_source
from router.prices.write import Update, edited
from router.settings import read_settings


def opened_book(folder: Path | None, now: datetime) -> Book:
    try:
        return read_book(folder or read_settings().policy_dir, os.environ, now)
    except PolicyRejected as rejected:
        raise click.ClickException(str(rejected)) from rejected


def opened(folder: Path | None, file: Path | None, now: datetime) -> tuple[Book, PriceSource]:
    try:
        return opened_book(folder, now), open_source(file)
    except NoSource as error:
        raise click.ClickException(str(error)) from error


def matched_rows(
    book: Book, source: PriceSource, pairs: Sequence[str], now: datetime
) -> list[tuple[Matched, int | None]]:
    """The models that the source knows, each with its row in force."""
    names = [model.name for model in book.catalog.content.spec.models]
    chosen = {}
    for pair in pairs:
        name, equals, key = pair.partition("=")
        if not equals or name not in names:
            raise click.ClickException(f"--map {pair}: must be MODEL=KEY; {choose(name, names)}")
        if key not in source.entries:
            raise click.ClickException(f"--map {pair}: {source.name} has no entry '{key}'")
        chosen[name] = key
    found, missing = matches(book.catalog.content.spec, source, chosen)
    if missing:
        click.echo(f"not in {source.name}, left as they are: {', '.join(missing)}", err=True)
    for matched in found:
        for reason in matched.offer.left_out:
            click.echo(f"{matched.model}: left out: {reason}", err=True)
    return [(matched, book.row(matched.model, now)) for matched in found]


def changes_of(book: Book, matched: Matched, index: int | None) -> list[Change]:
    return changes(matched, None if index is None else book.prices.content.spec.prices[index])


def source_note(matched: Matched, source: PriceSource) -> str:
    page = f", {matched.offer.page}" if matched.offer.page else ""
    return f"{source.name} price map, entry {matched.offer.key}, sha256 {source.digest}{page}"


def patched(
    book: Book, updates: Sequence[Update], version: str, now: datetime
) -> tuple[list[str], list[str]]:
    """The book's lines before and after; the new ones compile with the rest of the folder."""
    before = book.file.read_text("utf-8")
    try:
        after = edited(before, book.prices.source, book.prices.content.spec.prices, updates, version)
        files = tuple(
            SourceFile(file.name, after.encode()) if Path(file.name) == book.file else file
            for file in read_folder(book.folder)
        )
        book_of(book.folder, files, os.environ, now)
    except (CannotEdit, PolicyRejected) as error:
        raise click.ClickException(f"{book.file}: {error}") from error
    return before.splitlines(keepends=True), after.splitlines(keepends=True)
