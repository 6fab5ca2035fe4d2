# Every target sets up what it needs: `make demo` works on a fresh machine.
ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
VENV := $(abspath $(if $(SOLIDER_MM_VENV),$(SOLIDER_MM_VENV),$(ROOT)/.venv))
export SOLIDER_MM_VENV := $(VENV)
BIN := $(VENV)/bin
SET_UP := $(ROOT)/tools/set_up.sh
PYTEST := $(BIN)/python -m pytest
# The site has an environment of its own: it needs neither torch nor OpenMMLab.
DOCS_VENV := $(abspath $(if $(SOLIDER_MM_DOCS_VENV),$(SOLIDER_MM_DOCS_VENV),$(ROOT)/.venv-docs))
DOCS_BIN := $(DOCS_VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help core dev full demo page test test-fast lint format type-check configs check-docs docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | \
	  awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'

core: ## set up the core tier (no compiler, about two minutes)
	@$(SET_UP) --tier core

dev: ## set up the core tier with test and lint tools
	@$(SET_UP) --tier core --dev

full: ## set up the full tier: also mmdet, mmseg, mmpose and mmcv's ops (compiled once)
	@$(SET_UP) --tier full

demo: core ## train a λ that steers on synthetic pedestrians in three CPU minutes, and show it
	@cd $(ROOT) && $(BIN)/python tools/demo.py

page: core ## serve a local page with a slider for λ; prints its address
	@$(BIN)/python -c 'import gradio' 2>/dev/null || $(BIN)/python -m pip install -q \
	  -c $(ROOT)/requirements/modern.txt -r $(ROOT)/requirements/extras/demo.txt
	@cd $(ROOT) && $(BIN)/python -m solider_mm.page $(PAGE_ARGS)

test: ## run all tests on the full tier with all extras; skipped ones are counted by reason
	@$(SET_UP) --tier full --dev
	@cd $(ROOT) && $(PYTEST) $(PYTEST_ARGS)

test-fast: dev ## run the tests that take seconds, on the core tier
	@cd $(ROOT) && $(PYTEST) -m "not slow" $(PYTEST_ARGS)

lint: dev ## check style, docstrings and spelling
	@cd $(ROOT) && $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/codespell && \
	  $(BIN)/pydoclint -q solider_mm tools benchmarks

format: dev ## format every file
	@cd $(ROOT) && $(BIN)/ruff check --fix . ; $(BIN)/ruff format $(ROOT)

type-check: dev ## check the types of the package and the tools
	@cd $(ROOT) && $(BIN)/mypy

configs: dev ## load every config and check every key against its component
	@cd $(ROOT) && $(PYTEST) tests/test_configs.py $(PYTEST_ARGS)

check-docs: dev ## check commands, links and names in the documents
	@cd $(ROOT) && $(PYTEST) tests/test_docs.py $(PYTEST_ARGS)

docs: $(DOCS_BIN)/.stamp ## build the documentation site into docs/_build/html and check it
	@cd $(ROOT) && $(DOCS_BIN)/sphinx-build -q -W --keep-going -j auto -b html docs docs/_build/html
	@cd $(ROOT) && $(DOCS_BIN)/python -m pytest -q --noconftest tests/test_docs_site.py

$(DOCS_BIN)/.stamp: $(ROOT)/requirements/docs.txt
	@$(or $(SOLIDER_MM_PYTHON),python3) -m venv $(DOCS_VENV)
	@$(DOCS_BIN)/pip install -q -r $(ROOT)/requirements/docs.txt
	@touch $@

clean: ## remove builds and caches; keep environments and runs
	@cd $(ROOT) && rm -rf build dist docs/_build docs/autoapi *.egg-info solider_mm/.mim .pytest_cache \
	  .mypy_cache .ruff_cache .coverage
	@find $(ROOT) -name __pycache__ -type d -not -path '*/.venv/*' -prune -exec rm -rf {} +
