"""What the tests say, and what they ask for."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def user(text: str = "Please tell me something about rivers.") -> list[Any]:
    """A conversation of one turn."""
    return [{"role": "user", "content": text}]


def tool(name: str) -> dict[str, Any]:
    """A tool with one required argument. The sandbox calls those that the user's turn mentions."""
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


WEATHER = tool("get_weather")
POPULATION = tool("get_population")


class City(BaseModel):
    """A city, as `.parse()` asks for it."""

    name: str
    inhabitants: int
    capital: bool


CITY_FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "city",
        "strict": True,
        "schema": {**City.model_json_schema(), "additionalProperties": False},
    },
}
