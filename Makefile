# Everything that is done with this project, from an empty checkout on. `make` tells what there is.
# Needs Python 3.11 or newer, Node 18 or newer, and make; everything else is installed below here.

PYTHON ?= python3
PY     := .venv/bin/python
AZURITE := emulator/azurite
# Contract and end-to-end tests wait more than they compute; each file keeps its services to itself,
# and they begin in the order of their names, which has the longest among the first.
BESIDE := -n 3 --dist loadfile --no-loadscope-reorder
INSTALLED := .venv/.installed $(AZURITE)/node_modules/.installed

SEED   ?= 7
STARTS ?= 400
CYCLES ?= 4

.DEFAULT_GOAL := help
.PHONY: help install demo up down clean test lint types layers unit contract e2e coverage bench soak

help: ## what there is
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## the whole story, told as it happens; then everything is stopped
	@$(PY) -m demo

up: install ## start Azurite, the emulator and the router; returns when the router is healthy
	@$(PY) -m emulator up

down: install ## stop what `make up` started; what it stored stays
	@$(PY) -m emulator down

test: lint types layers unit contract e2e ## all of the below; a skipped test is a failed one
	@echo "All of it holds."

lint: install ## ruff: errors, style, format
	@echo "── Style"
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --quiet --check

types: install ## mypy, strict
	@echo "── Types"
	@$(PY) -m mypy --no-error-summary

layers: install ## import-linter: who may know whom
	@echo "── Layers"
	@.venv/bin/lint-imports --no-logo

unit: install ## decisions, in seconds
	@echo "── Unit tests"
	@$(PY) -m pytest --quiet tests/unit emulator/tests/unit

contract: install ## adapters and emulator against Azurite and what the real services answered
	@echo "── Contract tests"
	@$(PY) -m pytest --quiet $(BESIDE) tests/contract emulator/tests/contract

e2e: install ## the whole system
	@echo "── End-to-end tests"
	@$(PY) -m pytest --quiet $(BESIDE) tests/e2e

coverage: install ## which lines and branches of the router the unit tests reach
	@$(PY) -m coverage run -m pytest --quiet tests/unit
	@$(PY) -m coverage report --skip-covered

bench: install ## measure; the figures that docs/measured.md holds
	@$(PY) -m bench

soak: install ## a mixed load amid deaths and faults, every start accounted for; SEED= STARTS= CYCLES=
	@$(PY) -m soak --seed $(SEED) --starts $(STARTS) --cycles $(CYCLES)

clean: ## stop everything, and remove what was stored
	@for state in .local .local-demo; do \
	  if [ -e $$state ] && [ -x $(PY) ]; then $(PY) -m emulator clean --state $$state; fi; done
	@rm -rf .local .local-demo .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

install: $(INSTALLED) ## what the above need; repeated only when a pin has changed

.venv/.installed: requirements.txt requirements-dev.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	  "Python 3.11 or newer is needed. Name one that you have: make PYTHON=/usr/bin/python3.11" >&2; exit 1; }
	@echo "Installing the Python packages in .venv (once, a minute or so)"
	@$(PYTHON) -m venv .venv
	@$(PY) -m pip install -qq --disable-pip-version-check --no-input -r requirements-dev.txt
	@touch $@

$(AZURITE)/node_modules/.installed: $(AZURITE)/package.json $(AZURITE)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || { echo \
	  "Node 18 or newer is needed, for Azurite. See https://nodejs.org" >&2; exit 1; }
	@echo "Installing Azurite in $(AZURITE) (once)"
	@npm ci --prefix $(AZURITE) --loglevel=error --no-audit --no-fund >/dev/null
	@touch $@
