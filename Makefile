# Needs make and Python >= 3.11; everything else is installed into .venv from requirements.lock.
# Another interpreter: make test PYTHON=python3.12

VENV  := .venv
BIN   := $(VENV)/bin
# Written when the installation is complete; without it, .venv counts as absent.
STAMP := $(VENV)/.complete
# What the demo keeps: a study, and its report for a browser.
DEMO  := runs/demo

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$python && break; done)
CHECK_PYTHON = "$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || \
	{ echo "dccbench needs Python >= 3.11; name one: make PYTHON=/path/to/python" >&2; exit 1; }

.PHONY: help venv demo test lint format bench lock clean
.DEFAULT_GOAL := help

help: ## Show the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s%s\n", $$1, $$2}'

venv: $(STAMP) ## Install the locked dependencies and dccbench into .venv

$(STAMP): requirements.lock pyproject.toml
	@$(CHECK_PYTHON)
	"$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Run a small install wave without and with SECMP0063, and write a report
	$(BIN)/dccbench run install-wave --homes 300 --seed 7 --compare secmp0063
	@rm -rf $(DEMO)
	$(BIN)/dccbench compare install-wave --with secmp0063 --set population.homes=60 --seed 7 --replications 4 \
		--out $(DEMO) > /dev/null
	@$(BIN)/dccbench report $(DEMO) --html $(DEMO)/report.html

# The tests of a file stay together: they share what is dear to make.
test: lint ## Check style and types, then run the tests, a process for each core
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(STAMP) ## Check style and types: ruff, mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

format: $(STAMP) ## Rewrite the sources in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## Measure speed and memory, each beside its floor
	$(BIN)/python -m pytest bench --benchmark-enable --benchmark-only

# Keeps the versions already locked where the ranges allow; LOCK_FLAGS=--upgrade takes the newest.
lock: ## Write requirements.lock anew from pyproject.toml
	@$(CHECK_PYTHON)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	"$(PYTHON)" -m venv "$$tools" && \
	"$$tools/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	"$$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" $(LOCK_FLAGS) pyproject.toml -o requirements.lock

clean: ## Remove .venv, caches and build results
	rm -rf $(VENV) $(DEMO) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
