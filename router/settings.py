"""Process settings: the environment, read once, frozen, secrets masked. Documents (YAML) are not here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click
from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is the environment variable TIERGATE_<FIELD>. Durations are seconds, sizes bytes."""

    model_config = SettingsConfigDict(env_prefix="TIERGATE_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address the gateway listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port the gateway listens on; 0 picks one.")
    policy_dir: Path = Field(Path("policies"), description="Folder of catalog, prices and policy YAML.")
    policy_source: Literal["directory", "database"] = Field(
        "directory",
        description="Where the policy in force is: the policy folder, or the ledger database, into which "
        "`tiergate policy apply` puts versions; until the first, the folder.",
    )
    data_dir: Path = Field(Path("data"), description="Folder of the journal and the SQLite ledger.")
    database_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL of the ledger database; default is SQLite in the data folder.",
    )
    valkey_url: SecretStr | None = Field(
        None,
        description="`redis://` or `rediss://` URL of the Valkey or Redis that several gateways share for "
        "hard budgets and rate limits; unset: this gateway serves alone.",
    )
    admin_token: SecretStr | None = Field(
        None,
        description="Bearer token of /metrics and other operator routes; unset: loopback only.",
    )
    admin_port: int | None = Field(
        None, ge=0, le=65535, description="Port of the admin API; 0 picks one; unset: there is none."
    )
    admin_host: str = Field("127.0.0.1", description="Address of the admin API.")
    audit_key: SecretStr | None = Field(
        None,
        description="Key that signs the audit log, 32 characters or more; several with blanks between: the "
        "first signs, all verify. Unset: a key made in the data folder.",
    )
    audit_anchors: Path | None = Field(
        None,
        description="File to which signed heads of the audit log are appended, best where the database's "
        "owner cannot write; unset: `audit-anchors.jsonl` in the data folder.",
    )
    max_body_bytes: int = Field(20_000_000, ge=1_000, description="Largest accepted request body.")
    max_reply_bytes: int = Field(50_000_000, ge=1_000, description="Largest accepted upstream reply.")
    body_timeout: float = Field(30.0, gt=0, description="Longest wait for the whole request body.")
    journal_fsync: Literal["never", "interval", "always"] = Field(
        "interval",
        description="When journal lines are forced to disk: a killed process loses nothing with any of "
        "them; a power cut loses up to a second with `interval`, nothing with `always`.",
    )
    journal_segment_bytes: int = Field(
        16_000_000, ge=10_000, description="Size at which a journal segment is closed."
    )
    on_ledger_error: Literal["deny", "allow"] = Field(
        "deny", description="What to do with requests while the journal cannot be written."
    )
    ship_interval: float = Field(0.25, gt=0, description="Pause between journal reads by the shipper.")
    keys_refresh: float = Field(1.0, gt=0, description="How often changed keys are looked for.")
    policy_refresh: float = Field(1.0, gt=0, description="How often a changed policy is looked for.")
    query_model: Path | None = Field(
        None,
        description="Query model that reads difficulty, a file of `tiergate train`; unset: the shipped one.",
    )
    detect_timeout: float = Field(
        1.0,
        gt=0,
        description="Longest time that detectors may look at a request, waiting for their turn included; "
        "after it the strictest data class that they look for holds.",
    )
    drain_delay: float = Field(
        0.0,
        ge=0,
        description="How long SIGTERM leaves the gateway open for requests while `/readyz` says that it is "
        "leaving: longer than load balancers take to notice.",
    )
    drain_timeout: float = Field(
        20.0, gt=0, description="Longest wait for open requests once no more are taken, on SIGTERM."
    )
    ledger_residency: str | None = Field(
        None,
        description="Residency label of where the ledger database is. Of a data class with a residency "
        "limit, texts that quote what was said (messages, evidence, reasons, corrections, upstreams' errors) "
        "are kept only where this is one of its places; unset: of none.",
    )
    store_prompts: bool = Field(
        False, description="Store request messages in the ledger, sealed with the prompt key, which it needs."
    )
    store_subjects: bool = Field(
        False,
        description="Without stored prompts too, keep a keyed hash of a request's `safety_identifier` or "
        "`user`, so that `tiergate erase` finds what people said of its answer. Needs the prompt key.",
    )
    prompt_key: SecretStr | None = Field(
        None,
        description="Key that seals prompts, and the words of feedback, checks and judges; 64 hexadecimal "
        "digits; several with blanks between: the first seals, all open.",
    )
    prompt_days: int = Field(
        30,
        ge=1,
        le=36_500,
        description="Days until stored prompts and subjects go, and what was said of them.",
    )
    store_feedback_text: bool = Field(
        True, description="Keep the correction and comment of feedback, not only score, label and distance."
    )
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="Base URL of an OpenTelemetry collector (OTLP over HTTP) for traces; unset: none.",
    )
    alert_webhook_url: SecretStr | None = Field(
        None, description="URL to which alerts of budgets are posted as JSON; unset: none."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server for alerts of budgets: `smtps://user:password@host`, `smtp://` for "
        "STARTTLS, `smtp+plain://` without encryption; unset: no e-mail.",
    )
    alert_email_from: str | None = Field(None, description="Sender of alerts.")
    alert_email_to: str = Field(
        "", description="Who is told of every budget's alerts by e-mail, with commas between."
    )
    allocation_tags: str = Field(
        "cost_centre,environment",
        description="Tags of requests that the books keep and allocate by, with commas between; others stay "
        "in the ledger's rows. After a change: `tiergate books roll --again`.",
    )
    sellers: Path | None = Field(
        None,
        description="YAML: who sells, hosts and invoices which endpoint, for FOCUS exports, invoices and "
        "closing; unset: told by the names of models.",
    )
    dashboard_access: Path | None = Field(
        None,
        description="YAML: who may sign in to the dashboard, and as what; unset: nobody signs in, and it "
        "shows itself to this machine only.",
    )
    dashboard_cookie_secret: SecretStr | None = Field(
        None,
        description="Signs the dashboard's sessions, 32 characters or more; unset: a new one at every start, "
        "which ends them.",
    )
    admin_database_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL with which admins put policies in force from the dashboard; unset: it "
        "writes nothing, and shows the commands instead.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Log level.")

    @property
    def ledger_url(self) -> str:
        """The ledger's SQLAlchemy URL, secret included: never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'ledger.sqlite').absolute()}"

    @property
    def admin_ledger_url(self) -> str | None:
        """The URL that may put policies in force, secret included: never log it. Empty counts as not set."""
        given = self.admin_database_url
        return (given.get_secret_value() or None) if given is not None else None

    @property
    def kept_tags(self) -> tuple[str, ...]:
        """The names in `allocation_tags`."""
        return tuple(sorted({name.strip() for name in self.allocation_tags.split(",")} - {""}))


class SettingsRefused(click.ClickException):
    """A setting makes no sense: a verb that meets it ends with this message and exit code 1."""


def read_settings(**given: Any) -> Settings:
    """The settings, with `given` before the environment. Raises SettingsRefused naming each variable."""
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [
            f"TIERGATE_{'_'.join(map(str, found['loc'])).upper()}: {found['msg']}{_got(found)}"
            for found in error.errors(include_url=False)
        ]
    raise SettingsRefused("settings are refused:\n" + "\n".join(lines))


def _got(found: ErrorDetails) -> str:
    """What was given, unless it is of a kind that may hold a password."""
    name = str(found["loc"][-1])
    return "" if name.endswith(("_url", "_token", "_endpoint")) else f", got {found['input']!r}"
