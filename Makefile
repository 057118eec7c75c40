# The commands of Hue-S. `make help` lists them. Each sets up what it needs.
SHELL := /bin/bash
PORT ?= 8080
N ?= 105575
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUN := PYTHONPATH=layers/city/python:. $(PY)
export PORT PYTHONUNBUFFERED := 1

FRONTEND_SOURCES := $(shell find frontend/src frontend/static frontend/messages frontend/sw frontend/scripts \
	-type f -not -path '*/paraglide/*' 2>/dev/null) $(wildcard frontend/*.js frontend/*.ts frontend/*.json)

.PHONY: help run up down reset setup frontend test test-python test-integration test-web test-browser \
	lint format bench replay trace generate requirements

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

run: setup frontend ## Start the whole city here; Ctrl-C stops it (PORT=8080)
	@exec $(PY) -m infra.local run

up: setup frontend ## The same in the background
	@$(PY) -m infra.local up

down: ## Stop what `up` started; data are kept
	@if [ -x $(PY) ]; then $(PY) -m infra.local down; else echo "nothing is running"; fi

reset: ## Stop and clear all data
	@if [ -x $(PY) ]; then $(PY) -m infra.local reset; else rm -rf .local; fi

setup: $(VENV)/.ready ## The Python environment

$(VENV)/.ready: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "✗ Python 3.11 or newer is needed; choose one with PYTHON=…: $$($(PYTHON) --version 2>&1)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "✗ Python has no venv module: apt-get install python3-venv"; exit 1; }
	@echo "• Python environment (first time: a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(VENV)/bin/uv pip sync --quiet --python $(PY) --require-hashes requirements/dev.txt
	@touch $@

frontend: frontend/build/index.html ## The web app

frontend/node_modules/.ready: frontend/package-lock.json
	@command -v node >/dev/null || { echo "✗ Node 20 or newer is needed and was not found"; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20)' \
		|| { echo "✗ Node 20 or newer is needed; this is $$(node --version)"; exit 1; }
	@echo "• web packages"
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend/build/index.html: frontend/node_modules/.ready $(FRONTEND_SOURCES)
	@echo "• web app"
	@cd frontend && npm run --silent build > build.log 2>&1 || { tail -30 build.log; exit 1; }
	@rm -f frontend/build.log && touch $@

test: test-python test-integration test-web test-browser ## Everything

test-python: setup ## Units, stores, contracts, faults
	$(RUN) -m pytest -q -n 2 tests/unit tests/store tests/contract tests/faults

test-integration: setup frontend ## Over HTTP against a city of its own
	$(RUN) -m pytest -q tests/integration

test-web: frontend ## The web app's own checks
	cd frontend && npm run --silent check && npm test --silent

test-browser: setup frontend ## Journeys in Chromium against a city of its own
	@bash infra/local/browser.sh

lint: setup ## Format, rules, types, layers, template
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy layers/city/python/city infra
	@for app in functions/*/app.py; do $(VENV)/bin/mypy --no-error-summary $$app || exit 1; done
	PYTHONPATH=layers/city/python $(VENV)/bin/lint-imports
	$(VENV)/bin/cfn-lint template.yaml

format: setup ## Put everything in form
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix-only .

generate: setup ## OpenAPI, event schemas, workflow page, the web client's types
	$(RUN) -m infra.build.openapi
	$(RUN) -m infra.build.events
	$(RUN) -m infra.build.workflow
	cd frontend && npm run --silent types

bench: setup ## Measurements, each beside a baseline; build/bench.json
	$(RUN) -m infra.bench

replay: setup ## The seed's history into the running city (N=105575), resumable
	$(RUN) -m infra.replay.drive $(N)

trace: setup ## The path of one report: make trace ID=…
	@$(RUN) -m infra.local.trace "$(ID)"

requirements: setup ## Pin again from pyproject.toml
	cd requirements && U="../$(VENV)/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --universal --python-version 3.11" \
	&& $$U ../pyproject.toml -o runtime.txt \
	&& $$U ../pyproject.toml --group ../pyproject.toml:local --group ../pyproject.toml:dev -o dev.txt \
	&& echo 'uv==0.13.9' | $$U - -o uv.txt
