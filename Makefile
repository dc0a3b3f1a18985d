# Every task of this project, starting from an empty checkout. `make` lists the targets.
# Needs Python 3.13 or newer, Node 18 or newer, and make. All else is installed inside the checkout.

# The first of these that is Python 3.13 or newer. `make PYTHON=/path/to/python` overrides the search.
PYTHONS := python3.13 python3 $(lastword $(sort $(wildcard $(HOME)/.pyenv/versions/3.1[3-9]*/bin/python3)))
PYTHON  ?= $(shell for each in $(PYTHONS); do \
  "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null && echo "$$each" && exit; done)
PY     := .venv/bin/python
AZURITE := emulator/azurite
# Contract and end-to-end tests wait more than they compute. Each file has its own services, and
# files start in the order of their names, so that some of the longest start first.
BESIDE := -n 3 --dist loadfile --no-loadscope-reorder
INSTALLED := .venv/.installed $(AZURITE)/node_modules/.installed

SEED   ?= 7
STARTS ?= 300
CYCLES ?= 3

.DEFAULT_GOAL := help
.PHONY: help install demo up down clean test lint types layers unit contract e2e system coverage bench soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## run the guided demo on a local stack, then stop everything
	@$(PY) -m demo

up: install ## start Azurite, the emulator and the router; HOST=func: Core Tools, LOCAL_BUILD=1: pip
	@$(PY) -m emulator up $(if $(filter func,$(HOST)),--host func) $(if $(filter 1,$(LOCAL_BUILD)),--local-build)

down: install ## stop what `make up` started and keep its data
	@$(PY) -m emulator down

test: lint types layers unit system ## run all checks and tests; a skipped test counts as failed
	@echo "All checks passed."

lint: install ## check style and format (ruff) and spelling (codespell)
	@echo "── Lint"
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --quiet --check
	@.venv/bin/codespell

types: install ## check types (mypy, strict)
	@echo "── Types"
	@$(PY) -m mypy --no-error-summary

layers: install ## check which module may import which (import-linter)
	@echo "── Layers"
	@.venv/bin/lint-imports --no-logo

unit: install ## run the unit tests; takes seconds
	@echo "── Unit tests"
	@$(PY) -m pytest --quiet tests/unit emulator/tests/unit

contract: install ## test adapters and emulator against Azurite and recordings of the real services
	@echo "── Contract tests"
	@$(PY) -m pytest --quiet $(BESIDE) tests/contract emulator/tests/contract

e2e: install ## test the whole system
	@echo "── End-to-end tests"
	@$(PY) -m pytest --quiet $(BESIDE) tests/e2e

system: install ## run the contract and the end-to-end tests at once, the longest first
	@echo "── Contract and end-to-end tests"
	@$(PY) -m pytest --quiet $(BESIDE) tests/e2e tests/contract emulator/tests/contract

coverage: install ## report lines and branches of the router that the unit tests miss
	@$(PY) -m coverage run -m pytest --quiet tests/unit
	@$(PY) -m coverage report --skip-covered

bench: install ## measure the figures in docs/measured.md
	@$(PY) -m bench

soak: install ## run random load with crashes and injected faults; SEED= STARTS= CYCLES=
	@$(PY) -m soak --seed $(SEED) --starts $(STARTS) --cycles $(CYCLES)

clean: ## stop everything and delete all local state
	@for state in .local .local-demo; do \
	  if [ -e $$state ] && [ -x $(PY) ]; then $(PY) -m emulator clean --state $$state; fi; done
	@rm -rf .local .local-demo .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

install: $(INSTALLED) ## install the dependencies; runs again only when a pin changes

.venv/.installed: requirements.txt requirements-dev.txt constraints.txt
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null || { echo \
	  "Python 3.13 or newer is needed; looked for $(or $(PYTHON),$(PYTHONS))." \
	  "Name one that you have: make PYTHON=/usr/bin/python3.13" >&2; exit 1; }
	@echo "Installing the Python packages in .venv with $(PYTHON) (once, a minute or so)"
	@$(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install -qq --disable-pip-version-check --no-input -r requirements-dev.txt
	@touch $@

$(AZURITE)/node_modules/.installed: $(AZURITE)/package.json $(AZURITE)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || { echo \
	  "Node 18 or newer is needed, for Azurite. See https://nodejs.org" >&2; exit 1; }
	@echo "Installing Azurite in $(AZURITE) (once)"
	@npm ci --prefix $(AZURITE) --loglevel=error --no-audit --no-fund >/dev/null
	@touch $@
