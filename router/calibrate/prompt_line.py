"""The form of a line of a prompt file: task, prompt, and a check with everything that it needs.

Form only; what a check means is `router/sandbox/checks.py`. A check that every answer passes is refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from router.domain.kinds import Task


class _Integer(BaseModel):
    type: Literal["integer"]
    value: int


class _Exact(BaseModel):
    type: Literal["exact"]
    value: str


class _Contains(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    type: Literal["contains"]
    all_of: list[str] = Field(default_factory=list, alias="all")
    any_of: list[str] = Field(default_factory=list, alias="any")
    none_of: list[str] = Field(default_factory=list, alias="none")

    @model_validator(mode="after")
    def _asks_for_something(self) -> _Contains:
        if not (self.all_of or self.any_of or self.none_of):
            raise ValueError("needs all, any or none: without one, every answer passes")
        return self


class _Choice(BaseModel):
    type: Literal["choice"]
    value: str
    options: Annotated[list[str], Field(min_length=2)]


class _JsonSchema(BaseModel):
    type: Literal["json_schema"]
    equals: dict[str, Any]


class _Call(BaseModel):
    name: str
    arguments: dict[str, Any]


class _ToolCall(BaseModel):
    type: Literal["tool_call"]
    calls: list[_Call]


class _PythonTests(BaseModel):
    type: Literal["python_tests"]
    function: str
    tests: Annotated[list[str], Field(min_length=1)]


_Check = Annotated[
    _Integer | _Exact | _Contains | _Choice | _JsonSchema | _ToolCall | _PythonTests,
    Field(discriminator="type"),
]


class _Message(BaseModel):
    role: str


class PromptLine(BaseModel):
    """What a line must have; the rest is passed on as it is."""

    task: Task
    check: _Check
    prompt: Annotated[str, Field(min_length=1)] | None = None
    messages: Annotated[list[_Message], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _asks_once(self) -> PromptLine:
        if (self.prompt is None) == (self.messages is None):
            raise ValueError("needs either prompt or messages")
        return self
