"""Models of a few thousand random weights that tests make themselves: of text, of labels, of passages.

Needs the extra `transformers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tokenizers
import torch
import transformers

TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'odd' %}{{ raise_exception('no such role') }}{% endif %}"
    "<s>{{ m.role }}: {{ m.content }}\n{% endfor %}<s>assistant: "
)
CONTEXT = 512
_CORPUS = ["the quick brown fox jumps over the lazy dog é ü 漢字 " * 20]
_SIZES: Mapping[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT,
}


def _tokenizer(folder: Path) -> Any:
    """Byte-level, with a chat template."""
    tokenizer = tokenizers.ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(_CORPUS, vocab_size=400, special_tokens=["<s>", "</s>", "<pad>"])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        chat_template=TEMPLATE,
    )
    fast.save_pretrained(folder)
    return fast


def text_model(folder: Path, window: int | None = None) -> Path:
    """A Llama of two layers; with a `window`, a Mistral whose layers see that many tokens."""
    fast = _tokenizer(folder)
    shape = {**_SIZES, "vocab_size": len(fast), "num_key_value_heads": 2}
    ends = {"bos_token_id": fast.bos_token_id, "eos_token_id": fast.eos_token_id}
    torch.manual_seed(1)
    if window is None:
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape, **ends))
    else:
        config = transformers.MistralConfig(**shape, **ends, sliding_window=window)
        model = transformers.MistralForCausalLM(config)
    model.save_pretrained(folder)
    return folder


def label_model(folder: Path, labels: Sequence[str]) -> Path:
    """A BERT that classifies texts or pairs of texts."""
    return _bert(folder, labels, transformers.BertForSequenceClassification)


def span_model(folder: Path, labels: Sequence[str]) -> Path:
    """A BERT that classifies tokens."""
    return _bert(folder, labels, transformers.BertForTokenClassification)


def _bert(folder: Path, labels: Sequence[str], kind: Any) -> Path:
    fast = _tokenizer(folder)
    names = dict(enumerate(labels))
    config = transformers.BertConfig(
        **_SIZES,
        vocab_size=len(fast),
        pad_token_id=fast.pad_token_id,
        id2label=names,
        label2id={name: number for number, name in names.items()},
    )
    torch.manual_seed(1)
    model = kind(config)
    with torch.no_grad():
        model.classifier.weight.normal_(0, 3)  # so that texts differ in what is said of them
    model.save_pretrained(folder)
    return folder
