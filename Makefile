# The two commands: `make run` and `make test`. Each does its own set-up; the second time there is nothing to do.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
PY := .venv/bin/python

.PHONY: help run test check bench build ferretdb screenshots clean

help:
	@echo "make run    start the hotline on http://127.0.0.1:8000 (all set-up included)"
	@echo "make test   run all tests (all set-up included)"
	@echo "make check  lint, types, architecture, front-end"
	@echo "make bench  measure speed and retrieval; one JSON line a figure on standard output"
	@echo "make build  build the front-end pages"
	@echo "make ferretdb  contract tests and journeys on FerretDB (needs go)"

run: .venv/.ready frontend/dist/.ready
	@exec $(PY) run.py serve

test: .venv/.ready frontend/dist/.ready tests/prism/node_modules/.ready
	@echo "== tests"
	@$(PY) -m pytest $(ARGS)

check: .venv/.ready frontend/node_modules/.ready
	@echo "== ruff"
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@echo "== mypy"
	@.venv/bin/mypy
	@echo "== import-linter"
	@.venv/bin/lint-imports --no-cache
	@echo "== front-end: types, lint, unit tests"
	@$(PY) frontend/node.py run check
	@$(PY) frontend/node.py run test

bench: .venv/.ready
	@$(PY) -m bench $(ARGS)

build: frontend/dist/.ready

ferretdb: .venv/.ready frontend/dist/.ready
	@bash tests/ferretdb.sh

screenshots: .venv/.ready frontend/dist/.ready
	@for pictures in screenshots desk_pictures state_pictures conversation_pictures knowledge_pictures figures_pictures; do \
		$(PY) -m tests.browser.$$pictures || exit 1; done

clean:
	rm -rf .venv .tools frontend/dist frontend/node_modules tests/prism/node_modules

$(UV):
	@echo "== installing uv into .tools"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %s" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"

.venv/.ready: pyproject.toml uv.lock | $(UV)
	@echo "== installing the locked Python packages into .venv"
	@$(UV) sync --quiet --frozen --python $$($(PYTHON) -c 'import sys; print(sys.executable)')
	@touch $@

frontend/node_modules/.ready: frontend/package.json frontend/package-lock.json .venv/.ready
	@echo "== installing the locked front-end packages"
	@$(PY) frontend/node.py ci
	@touch $@

tests/prism/node_modules/.ready: tests/prism/package.json tests/prism/package-lock.json .venv/.ready
	@echo "== installing the proxy that checks our calls against Twilio's description"
	@$(PY) frontend/node.py ci --prefix "$(CURDIR)/tests/prism"
	@touch $@

frontend/dist/.ready: frontend/node_modules/.ready $(shell find frontend/src frontend/public frontend/*.html frontend/*.ts -type f 2>/dev/null)
	@echo "== building the pages"
	@$(PY) frontend/node.py run build
	@touch $@
