"""The request that every system gets: about 2 KB of chat, in the shape an office assistant sends.

Each request carries its own number, so that no cache of any system can answer or classify from memory.
"""

import json

NUMBER = "00000000"
"""Where a request's number goes; same width always, so that content-length does not change."""

_SYSTEM = (
    "You are the assistant of a mid-sized machine builder. Answer in the language of the question, in plain "
    "words, and keep to what is known. If a figure is asked for, give its unit and the year it refers to. If "
    "the question cannot be answered from general knowledge or from what the user wrote, say so in one "
    "sentence and name what is missing. Never invent sources, order numbers or names of colleagues. Prefer "
    "short paragraphs to lists, and do not repeat the question. Prices are net, in euros, unless stated."
)
_TURNS = [
    "We are planning the visit of a supplier from Lyon. They arrive by train on Tuesday evening and leave on "
    "Thursday after lunch. Which documents do they need to enter our plant, and who has to be told?",
    "For a visit of two days they need a valid identity card or passport and the visitor form, signed by "
    "the host. Tell the gate, the safety officer and the host's team assistant at least one working day "
    "ahead; if they are to enter the assembly hall, the safety officer also plans a briefing of about 20 "
    "minutes. Cameras and laptops are noted at the gate and may be taken along unless the host says "
    "otherwise. Drivers who only deliver goods stay in the yard and need no form. Should the visit be "
    "moved, the form stays valid for five working days; after that the host signs a new one. For lunch in "
    "the canteen the host books a table for up to eight guests until noon of the day before, and names "
    "guests who eat no meat. A taxi to the station is ordered at the gate and takes about 25 minutes.",
    "Thank you, that helps. They would like to see something of France's capital on the way back and asked "
    "us for a hint. What is the capital of France, on which river does it lie, and how long does the fast "
    "train from Lyon take? Please answer in three sentences at most, so that I can paste it into my message "
    "to them. Our reference: " + NUMBER,
]


def body(model: str, *, stream: bool) -> str:
    """The JSON body for a system that knows the upstream's model as `model`."""
    roles = ("user", "assistant", "user")
    turns = [{"role": role, "content": text} for role, text in zip(roles, _TURNS, strict=True)]
    messages = [{"role": "system", "content": _SYSTEM}, *turns]
    request = {"model": model, "messages": messages, "temperature": 0.7, "max_tokens": 400}
    return json.dumps(request | ({"stream": True} if stream else {}))


def numbered(text: str, number: int) -> str:
    """`text` with the request's number in its place."""
    return text.replace(NUMBER, f"{number:08d}", 1)
