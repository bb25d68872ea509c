"""A settled request's prompt and subject -> the journal. Some microseconds, and only where it is on."""

from __future__ import annotations

import orjson

from router.domain.records import PromptRecord
from router.prompts.vault import Vault
from router.record.journal import Journal
from router.ticket import Ticket

_SUBJECT_FIELDS = ("safety_identifier", "user")
"""Where OpenAI's wire names the person; the first that is there counts."""


class Prompts:
    """`store_text`: the messages too, not only whose they are."""

    def __init__(self, vault: Vault, journal: Journal, *, store_text: bool) -> None:
        self._vault, self._journal, self._store_text = vault, journal, store_text

    def keep(self, ticket: Ticket) -> None:
        """Of a request that has a row; the text only where its data class lets it into the ledger."""
        assert ticket.request is not None
        payload = ticket.request.payload
        given = next((payload[name] for name in _SUBJECT_FIELDS if isinstance(payload.get(name), str)), None)
        store_text = self._store_text and ticket.keeps_texts
        if given is None and not store_text:
            return
        sealed = None
        if store_text:
            sealed = self._vault.seal(ticket.id, orjson.dumps(payload["messages"]))
        subject = None if given is None else self._vault.subject(given)
        self._journal.keep_prompt(PromptRecord(ticket.id, ticket.started_us, subject, sealed))
