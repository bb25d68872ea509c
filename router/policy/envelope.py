"""What every document says of itself before its spec: version, kind and who answers for it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from router.policy.fields import Label, Name, Part, Text

API_VERSION = "tiergate.dev/v1"


class Metadata(Part):
    """Who this document is and who answers for it."""

    name: Name = Field(description="Name of the document, shown in `policy check`.")
    owner: Text = Field(description="Team or person who answers for the content.")
    labels: dict[Label, Text] = Field(
        default_factory=dict, description="Free labels for your own tools; the gateway reads none."
    )


class Document(Part):
    """The envelope of every document; each kind adds its `kind` and `spec`."""

    api_version: Literal["tiergate.dev/v1"] = Field(
        alias="apiVersion", description="Version of the document format: tiergate.dev/v1."
    )
    metadata: Metadata = Field(description="Name, owner and labels of the document.")
