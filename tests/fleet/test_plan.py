"""Plans of models on GPUs, held against published sizes and vLLM's own report."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.cli import main
from router.fleet.gpus import GPUS
from router.fleet.plan import GIB, cost_per_million, fit, kv_tokens, speed
from router.fleet.shape import BadModelConfig, ModelShape, read_shape

QWQ = "Qwen/QwQ-32B"
SMOLLM2 = {
    "model_type": "llama",
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "vocab_size": 49152,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": True,
}


def planned(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["fleet", "plan", *arguments])


def test_qwq_is_as_large_as_its_card_says() -> None:
    """32.5 billion parameters, 31.0 without embeddings, 256 KiB of KV cache a token, within a hundredth."""
    shape = read_shape(QWQ)
    assert shape.parameters == pytest.approx(32.5e9, rel=0.01)
    assert shape.matrices == pytest.approx(31.0e9, rel=0.01)
    assert shape.kv_bytes(2) == 256 * 1024
    assert shape.weight_bytes("bf16") == pytest.approx(65e9, rel=0.02)
    assert shape.weight_bytes("awq") == pytest.approx(19.3e9, rel=0.02)


def test_the_cache_is_what_vllm_reports() -> None:
    """vLLM 0.32 reported 46,592 tokens for SmolLM2-135M with 1 GiB of KV cache in 16 bits."""
    shape = ModelShape.model_validate(SMOLLM2)
    assert shape.parameters == pytest.approx(134.5e6, rel=0.005)
    assert kv_tokens(GIB, shape.kv_bytes(2)) == 46_592


def test_what_fits_where() -> None:
    """bf16 needs 80 GB, AWQ lives on 24 GB with a short context and on 48 GB with all of it; an fp8 cache
    holds twice as many."""
    shape = read_shape(QWQ)
    assert fit(shape, GPUS["l40s"], "bf16", "auto").kv_tokens == 0
    assert fit(shape, GPUS["h100"], "bf16", "auto").sequences(32_768) == 1
    small, half = (fit(shape, GPUS["rtx4090"], "awq", kind) for kind in ("auto", "fp8"))
    assert small.sequences(32_768) == 0 < small.sequences(8_192)
    assert half.kv_tokens == pytest.approx(2 * small.kv_tokens, abs=16)
    assert fit(shape, GPUS["l40s"], "awq", "auto").sequences(32_768) >= 2


def test_speed_is_bound_by_what_is_read() -> None:
    """One sequence alone goes as fast as the weights are read; more at once are faster together, slower each;
    the range never passes the roofline."""
    shape = read_shape(QWQ)
    found = fit(shape, GPUS["h100"], "awq", "auto")
    few, many = speed(shape, found, 4_096, 4), speed(shape, found, 4_096, 32)
    assert few is not None and many is not None
    roofline = GPUS["h100"].bandwidth_gb * 1e9 / found.weight_bytes
    assert few.alone < roofline
    assert many.high > few.high and many.high / many.sequences < few.high / few.sequences
    assert few.low < few.high < roofline * few.sequences
    assert speed(shape, found, 10**9, 4) is None


def test_cost_by_utilisation() -> None:
    """$3.60 an hour at 1,000 tokens/s is a dollar per million, ten times that at a tenth of the load."""
    assert cost_per_million(Decimal("3.6"), 1000.0, Decimal(1)) == 1
    assert cost_per_million(Decimal("3.6"), 1000.0, Decimal("0.1")) == 10


def test_the_commands() -> None:
    """Each way that fits has its command, with the flags it needs and no other."""
    said = planned(QWQ, "--gpu", "l40s", "--gpu", "h100", "--usd-per-hour", "2.5", "--loras", "2")
    assert said.exit_code == 0, said.output
    commands = re.findall(r"^vllm serve .*?(?=\n(?! ))", said.output, re.M | re.S)
    names = [command.split()[2] for command in commands]
    assert names == [f"{QWQ}-AWQ", QWQ, QWQ, f"{QWQ}-AWQ"]
    for command in commands:
        assert f"--served-model-name {QWQ} " in command and "--reasoning-parser deepseek_r1" in command
        assert "--enable-lora" in command and "--max-loras 2" in command
        assert "yarn" not in command and "--kv-cache-dtype" not in command
    assert ["--quantization fp8" in command for command in commands] == [False, False, True, False]
    assert "$/M, 30% busy" in said.output


def test_long_prompts() -> None:
    """Beyond what the model was made for YaRN is turned on, by a JSON that vLLM reads."""
    said = planned(QWQ, "--gpu", "h200", "--context", "131072", "--kv-cache", "fp8", "--quantisation", "awq")
    [override] = re.findall(r"--hf-overrides '(.*?)'", said.output)
    yarn = {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 32_768}
    assert json.loads(override) == {"rope_scaling": yarn}
    assert "--kv-cache-dtype fp8" in said.output and "$/M" not in said.output


def test_yarn_stretches_what_the_model_was_trained_on(tmp_path: Path) -> None:
    """Not every model is Qwen: one of 8,192 tokens is stretched from there."""
    (tmp_path / "config.json").write_text(json.dumps(SMOLLM2), encoding="utf-8")
    said = planned(str(tmp_path), "--gpu", "l4", "--context", "32768", "--quantisation", "bf16")
    [override] = re.findall(r"--hf-overrides '(.*?)'", said.output)
    yarn = {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 8_192}
    assert json.loads(override) == {"rope_scaling": yarn}


def test_what_does_not_fit_says_why() -> None:
    """A GPU that is too small gets no command, but the reason and what would help."""
    said = planned(QWQ, "--gpu", "rtx4090")
    assert "vllm serve" not in said.output
    assert re.search(r"rtx4090: 18\.0 GiB of awq weights leave room for [\d,]+ tokens, fewer", said.output)
    assert "or try --kv-cache fp8" in said.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"model_type": "deepseek_v3"}, "model_type 'deepseek_v3' cannot be planned"),
        ({"num_hidden_layers": 0}, "num_hidden_layers: Input should be greater than 0"),
        ({"vocab_size": None}, "vocab_size: "),
    ],
)
def test_a_config_that_cannot_be_planned(tmp_path: Path, change: dict[str, Any], wanted: str) -> None:
    """It is named with its file and what is wrong with it."""
    (tmp_path / "config.json").write_text(json.dumps({**SMOLLM2, **change}))
    with pytest.raises(BadModelConfig, match=re.escape(wanted)) as refused:
        read_shape(str(tmp_path))
    assert str(tmp_path / "config.json") in str(refused.value)


@pytest.mark.parametrize("hour", ["0", "-1", "NaN"])
def test_a_price_that_is_none(hour: str) -> None:
    """Free and negative GPUs do not exist."""
    said = planned(QWQ, "--gpu", "h100", "--usd-per-hour", hour)
    assert said.exit_code == 2 and "must be more than 0" in said.output


def test_a_price_that_is_no_number() -> None:
    """Is told so, with one that would be right."""
    said = planned(QWQ, "--gpu", "h100", "--usd-per-hour", "1,50")
    assert said.exit_code == 2 and "'1,50' is no amount in US dollars such as 1.50" in said.output


def test_a_model_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither file nor shipped, and the hub is away: one line, exit code 1."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = planned("nobody/nothing", "--gpu", "h100")
    assert said.exit_code == 1 and said.output.startswith("Error: nobody/nothing: no such file")
