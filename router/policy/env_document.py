"""The two places of the documents where the environment has a say: a URL, and whether an endpoint exists."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from router.policy.fields import EnvName, EnvNames, Part, Text


class BaseUrl(Part):
    """A base URL that the environment may set."""

    env: EnvName | None = Field(None, description="Environment variable that holds the URL.")
    default: Text | None = Field(None, description="The URL while that variable is not set.")

    @model_validator(mode="before")
    @classmethod
    def _accept_text(cls, value: Any) -> Any:
        if not isinstance(value, str | dict | BaseUrl):
            raise ValueError("must be a URL, or {env: NAME, default: URL}")
        return {"default": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _not_empty(self) -> BaseUrl:
        if self.env is None and self.default is None:
            raise ValueError("needs `env`, `default` or both")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(schema))
        text = {"type": "string", "description": "The URL itself."}
        return {"anyOf": [text, dict(mapping)]}


class Active(Part):
    """When an endpoint is in the catalog, by whether environment variables are set (and not empty)."""

    if_env: EnvNames | None = Field(None, description="Only while this variable, or one of a list, is set.")
    unless_env: EnvNames | None = Field(
        None, description="Only while this variable, or all of a list, are not set."
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Active:
        if self.if_env is None and self.unless_env is None:
            raise ValueError("needs `if_env`, `unless_env` or both")
        return self
