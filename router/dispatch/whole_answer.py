"""An answer that a model in this process has in one piece, as the chunks that every engine emits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from router.dispatch.workers import Generation


def chunk_head() -> dict[str, Any]:
    """What all chunks of one answer have in common."""
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
    }


def usage_chunk(head: Mapping[str, Any], read: int, written: int) -> dict[str, Any]:
    """The last chunk: tokens read and written."""
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return {**head, "choices": [], "usage": usage}


def answer(generation: Generation, content: str, read: int, logprobs: Mapping[str, Any] | None) -> None:
    """Emits `content`. `read`: tokens of the input; such a model writes none."""
    head = chunk_head()
    choice: dict[str, Any] = {
        "index": 0,
        "delta": {"role": "assistant", "content": content},
        "finish_reason": "stop",
    }
    if logprobs is not None:
        choice["logprobs"] = logprobs
    generation.emit({**head, "choices": [choice]})
    generation.emit(usage_chunk(head, read, 0))
