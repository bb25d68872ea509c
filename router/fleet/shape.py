"""A model's config.json -> how many bytes its weights and its KV cache take. Pure but for reading the file.

Dense decoders of the Llama and Qwen kind only: grouped-query attention, a gated MLP of three matrices.
Anything else is refused, because its parameters would be counted wrongly.
"""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

DENSE = ("llama", "mistral", "qwen2", "qwen3")
_BITS = {"bf16": 16.0, "fp8": 8.0, "awq": 4.0}
_GROUP_BITS = {"bf16": 0.0, "fp8": 0.0, "awq": (16 + 4) / 128}
"""AWQ keeps a 16-bit scale and a 4-bit zero for each group of 128 weights."""


class BadModelConfig(Exception):
    """The configuration cannot be had or cannot be planned with."""


class ModelShape(BaseModel):
    """The fields of config.json that size a model, by Hugging Face's names."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model_type: str
    hidden_size: int = Field(gt=0)
    intermediate_size: int = Field(gt=0)
    num_hidden_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    num_key_value_heads: int | None = Field(None, gt=0)
    head_dim: int | None = Field(None, gt=0)
    vocab_size: int = Field(gt=0)
    max_position_embeddings: int = Field(gt=0)
    tie_word_embeddings: bool = False

    @property
    def kv_heads(self) -> int:
        return self.num_key_value_heads or self.num_attention_heads

    @property
    def head_size(self) -> int:
        return self.head_dim or self.hidden_size // self.num_attention_heads

    @property
    def matrices(self) -> int:
        """Parameters of attention and MLP, which quantisation makes smaller."""
        heads = self.num_attention_heads * self.head_size
        attention = 2 * self.hidden_size * heads + 2 * self.hidden_size * self.kv_heads * self.head_size
        return self.num_hidden_layers * (attention + 3 * self.hidden_size * self.intermediate_size)

    @property
    def embeddings(self) -> int:
        """Parameters of the embedding and the output head, which stay at 16 bits."""
        return self.vocab_size * self.hidden_size * (1 if self.tie_word_embeddings else 2)

    @property
    def parameters(self) -> int:
        """All but norms and biases, which are a ten-thousandth."""
        return self.matrices + self.embeddings

    def weight_bytes(self, quantisation: str) -> int:
        """Bytes on the GPU; `quantisation` is bf16, fp8 or awq."""
        bits = _BITS[quantisation] + _GROUP_BITS[quantisation]
        return int(self.matrices * bits / 8) + self.embeddings * 2

    def kv_bytes(self, bytes_each: int) -> int:
        """Bytes of KV cache a token takes: a key and a value per layer, KV head and dimension."""
        return 2 * self.num_hidden_layers * self.kv_heads * self.head_size * bytes_each


def read_shape(model: str) -> ModelShape:
    """The shape of `model`: a config.json, a folder with one, a model that ships with Tiergate, or a hub id.
    Raises BadModelConfig."""
    text, where = _config(model)
    try:
        shape = ModelShape.model_validate_json(text)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise BadModelConfig(f"{where}: not the config.json of a decoder: {wrong}") from None
    if shape.model_type not in DENSE:
        known = ", ".join(DENSE)
        raise BadModelConfig(f"{where}: model_type {shape.model_type!r} cannot be planned, only {known}")
    return shape


def _config(model: str) -> tuple[str, str]:
    path = Path(model)
    path = path / "config.json" if path.is_dir() else path
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadModelConfig(f"{path}: cannot be read: {error}") from error
    shipped = files("router.fleet") / "configs" / f"{model.replace('/', '--')}.json"
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8"), model
    return _from_hub(model), model


def _from_hub(model: str) -> str:
    try:
        library = import_module("huggingface_hub")
    except ImportError:
        raise BadModelConfig(
            f"{model}: no such file or folder, and not a model that ships with Tiergate; give its "
            "config.json, or install huggingface_hub"
        ) from None
    try:
        return Path(library.hf_hub_download(model, "config.json")).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # the hub library's own errors are both
        line = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise BadModelConfig(f"{model}: no such file, and the hub does not give it: {line[:200]}") from error
