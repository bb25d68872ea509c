"""The closed sets of the domain. Their values are what YAML, SQL, headers and screens show."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """The three tiers, cheapest first; `rank` orders them for a minimum tier."""

    SMALL = "small"
    REASONING = "reasoning"
    FRONTIER = "frontier"

    @property
    def rank(self) -> int:
        return _TIER_RANK[self]


_TIER_RANK = {Tier.SMALL: 0, Tier.REASONING: 1, Tier.FRONTIER: 2}


class Task(StrEnum):
    """Kind of work of a request."""

    MATH = "math"
    CODE = "code"
    KNOWLEDGE = "knowledge"
    INSTRUCTION = "instruction"
    TOOL_USE = "tool_use"
    EXTRACTION = "extraction"
    CLASSIFICATION = "classification"
    WRITING = "writing"
    OTHER = "other"


class DataClass(StrEnum):
    """How sensitive the request's content is; `rank` orders them, the stricter label wins."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        return _DATA_CLASS_RANK[self]


_DATA_CLASS_RANK = {
    DataClass.PUBLIC: 0,
    DataClass.INTERNAL: 1,
    DataClass.CONFIDENTIAL: 2,
    DataClass.RESTRICTED: 3,
}


class Capability(StrEnum):
    """What a request may need of a model beyond plain chat."""

    TOOLS = "tools"
    PARALLEL_TOOLS = "parallel_tools"
    JSON_OBJECT = "json_object"
    JSON_SCHEMA = "json_schema"
    VISION = "vision"
    AUDIO = "audio"
    LOGPROBS = "logprobs"
    MULTIPLE_CHOICES = "n"


class Wire(StrEnum):
    """How an endpoint is called: which adapter serves it."""

    OPENAI = "openai"
    """Any OpenAI-compatible HTTP server: vLLM, OpenAI itself, Together, llama.cpp."""
    HOSTED = "hosted"
    """A closed API through litellm: Anthropic, Google, Bedrock, Azure and others."""
    LLAMA_CPP = "llama_cpp"
    """A GGUF model in this process, through llama.cpp."""
    TRANSFORMERS = "transformers"
    """A model in this process, through transformers."""


class Objective(StrEnum):
    """How a rule orders the candidates that its constraints leave."""

    CHEAPEST = "cheapest"
    """Cheapest expected cost among those meeting the quality target; then the rest, best first."""
    BEST = "best"
    """Highest probability of success, ties by cost."""
    VALUE = "value"
    """Lowest expected cost in all: the call, a failure at its declared price, and latency where it has
    one."""
    BEST_OF_N = "best_of_n"
    """Several answers of the cheapest candidate at once; the first that passes its check, else the others,
    most promising first."""


class Confidence(StrEnum):
    """Which end of P(success) a rule's quality target is held against."""

    EXPECTED = "expected"
    """The estimate itself."""
    LOWER = "lower"
    """The lower end of its 90% interval: a model of which little is known has to be good all the same."""


class VerifyMode(StrEnum):
    """When the outcome checks run for a rule."""

    NONE = "none"
    AFTER_REPLY = "after_reply"
    BEFORE_REPLY = "before_reply"


class VerifierName(StrEnum):
    """The outcome checks, as policies, metrics and the ledger name them; in the order in which they run."""

    STRUCTURE = "structure"
    """Whole, JSON as asked for, tool calls that fit."""
    SIGNS = "signs"
    """Empty, cut off, an endless loop, a refusal."""
    REFERENCE = "reference"
    """Exact text, number, choice or words against a declared reference."""
    ARITHMETIC = "arithmetic"
    """Arithmetic and equations that the prompt states in full, computed or substituted."""
    CONSTRAINTS = "constraints"
    """Constraints declared, or stated unambiguously in the last user turn."""
    LANGUAGE = "language"
    """The language declared, or asked for in so many words."""
    MATHEMATICS = "mathematics"
    """A formula against a declared reference, by algebra in a worker process."""
    SQL = "sql"
    """A query's result on a declared fixture, in a worker process."""
    CODE = "code"
    """Declared tests or the prompt's doctests, run in isolation."""
    CONSISTENCY = "consistency"
    """Final answers of the samples of `best_of_n` agree, where nothing else can check them. Agreement is no
    proof: never `passed`."""


class OnError(StrEnum):
    """What a rule does when a stage it relies on (classifier, verifier) fails."""

    ESCALATE = "escalate"
    ALLOW = "allow"
    DENY = "deny"


class Verdict(StrEnum):
    """What the outcome checks said of one answer. A judge's or a user's opinion is not a verdict."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "unverified"


class Outcome(StrEnum):
    """How a request ended."""

    ACCEPTED = "accepted"
    """Answered, and a check passed."""
    UNVERIFIED = "unverified"
    """Answered; nothing checked it."""
    ESCALATED = "escalated"
    """Answered by a later candidate after a check rejected an earlier answer."""
    EXHAUSTED = "exhausted"
    """No candidate gave an answer, or none that passed."""
    REFUSED = "refused"
    """Not dispatched: no admissible candidate, or a limit."""
    CANCELLED = "cancelled"
    """The client went away before the end."""
    INTERRUPTED = "interrupted"
    """The gateway died in the middle; found in the journal afterwards."""


class AttemptStatus(StrEnum):
    """How one upstream attempt ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class CostState(StrEnum):
    """Whether a cost is a fact. Anything but `priced` or `free` is an error state screens must show."""

    PRICED = "priced"
    """Usage reported by the upstream x a price in force."""
    ESTIMATED = "estimated"
    """Usage counted by the gateway because the upstream's report never came; priced as such."""
    FREE = "free"
    """Nothing was consumed: refused before dispatch, or the upstream was never reached."""
    UNPRICED = "unpriced"
    """Usage is known, no price was in force."""
    USAGE_MISSING = "usage_missing"
    """The upstream may have billed, and neither its report nor an estimate exists."""
