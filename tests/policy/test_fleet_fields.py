"""What the catalog says of servers of one's own: their queue, their pages, and fine-tunes in them."""

from __future__ import annotations

import pytest

from tests.policy.conftest import Folder

OWN = """\
          max_concurrency: 32
          queue: {max_waiting: 8, max_wait_s: 4, max_server_waiting: 2}
          slow_start_s: 30
          metrics_url: {env: GPU_METRICS, default: "http://gpu:8000/metrics"}
          health_url: http://gpu:8000/health
          scrape_every_s: 2
"""
TUNED = """\
    - name: tuned
      base: thinker
      tier: reasoning
      licence: Apache-2.0
      ability: {default: 0.8}
      expected_output: {default: 100}
      endpoints:
        - id: tuned-gpu
          wire: openai
          base_url: http://127.0.0.1:9102/v1
          adapter: /adapters/tuned
          context: 32768
          residency: on-premises
"""
TUNED_PRICE = """\
    - model: tuned
      input: 0.4
      output: 1
      valid_from: 2025-01-01
      source: as its base
"""
GPU_HOURS = """\
  currency: USD
  gpu_hours:
    - endpoint: gpu-simulated
      usd_per_gpu_hour: 2.5
      full_load: {input: 1000, output: 100}
      valid_from: 2026-01-01
      source: finance
"""


def append(folder, name: str, text: str) -> None:
    file = folder.path / f"{name}.yaml"
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def gpu(folder):
    """The endpoint of model thinker."""
    [endpoint] = folder.load().catalog.models["thinker"].endpoints
    return endpoint


def own(folder, more: str) -> None:
    """Adds lines to that endpoint."""
    folder.edit("catalog", "        - id: gpu-simulated\n", f"        - id: gpu-simulated\n{more}")


def test_what_protects_a_server(folder) -> None:
    """Each field arrives; the environment may say where its pages are."""
    own(folder, OWN)
    found = gpu(folder)
    assert (found.max_concurrency, found.max_waiting, found.max_wait, found.max_engine_waiting) == (
        32,
        8,
        4,
        2,
    )
    assert (found.slow_start, found.scrape_every, found.health_url) == (30, 2, "http://gpu:8000/health")
    assert found.metrics_url == "http://gpu:8000/metrics"
    folder.env = {**folder.env, "GPU_METRICS": "http://other:9/metrics"}
    assert gpu(folder).metrics_url == "http://other:9/metrics"


def test_left_out_nothing_is_watched_and_nobody_waits(folder) -> None:
    """So that an endpoint of before behaves as before."""
    found = gpu(folder)
    assert (found.max_waiting, found.max_engine_waiting, found.slow_start) == (0, None, 0.0)
    assert (found.metrics_url, found.health_url, found.probe_every, found.adapter) == (None, None, None, None)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("          metrics_url: gpu:8000\n", "metrics_url must be an http or https URL"),
        ("          health_url: {env: NOT_SET}\n", "health_url: NOT_SET is not set"),
        ("          queue: {max_server_waiting: 2}\n", "max_server_waiting needs `metrics_url`"),
        ("          probe_every_s: 30\n", "the price book has no gpu_hours of endpoint gpu-simulated"),
        ("          adapter: /adapters/x\n", "adapter needs `base` in model thinker"),
    ],
)
def test_what_makes_no_sense(folder, lines: str, said: str) -> None:
    """It is named with its line and what would be right."""
    own(folder, lines)
    [problem] = folder.problems()
    assert problem.startswith("catalog.yaml:") and said in problem


def test_probes_of_hardware_that_is_paid_by_the_hour(folder) -> None:
    """What they take is in the hour's bill."""
    own(folder, "          probe_every_s: 30\n")
    folder.edit("prices", "  currency: USD\n", GPU_HOURS)
    assert gpu(folder).probe_every == 30


def test_a_fine_tune_shares_its_bases_server(folder) -> None:
    """Its places, its health and its hours."""
    append(folder, "catalog", TUNED)
    append(folder, "prices", TUNED_PRICE)
    folder.edit("prices", "  currency: USD\n", GPU_HOURS)
    bundle = folder.load()
    model = bundle.catalog.models["tuned"]
    assert model.base == "thinker" and model.endpoints[0].server == "gpu-simulated"
    [rate] = bundle.prices.gpu.rows["gpu-simulated"]
    assert rate.endpoints == ("gpu-simulated", "tuned-gpu")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("base: thinker", "base: thinkr", "base 'thinkr' does not exist; did you mean 'thinker'?"),
        ("base: thinker", "base: tuned", "base 'tuned' is a fine-tune itself"),
        (
            "9102/v1\n          adapter",
            "9999/v1\n          adapter",
            "no active endpoint of thinker has its base_url",
        ),
    ],
)
def test_a_fine_tune_of_nothing(folder, old: str, new: str, said: str) -> None:
    """Each mistake has its line."""
    append(folder, "catalog", TUNED.replace(old, new))
    append(folder, "prices", TUNED_PRICE)
    [problem] = folder.problems()
    assert problem.startswith("catalog.yaml:") and said in problem


@pytest.mark.parametrize(
    ("url", "said"), [("htps://api.example.com/v1", "http or https"), ("https://u:pw@h/v1", "password")]
)
def test_a_url_is_checked_before_its_endpoint_is_active(folder: Folder, url: str, said: str) -> None:
    """The day on which its variable is set is too late to hear of a slip, or of a password in it."""
    inactive = f"{url}\n          active: {{if_env: NOT_SET}}"
    folder.edit("catalog", "https://api.example.com/v1", inactive)
    (problem,) = [found for found in folder.problems() if "base_url" in found]
    assert problem.startswith("catalog.yaml:18: base_url must") and said in problem and "u:pw" not in problem
