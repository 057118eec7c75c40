# Hue-S: one command starts the city. `make help` lists the others.
# Needs Python 3.11+, Node 20+ and make; everything else is put into .venv and frontend/node_modules.

PYTHON ?= python3
PORT ?= 8080
N ?= 1000
PY := .venv/bin/python
export PYTHONPATH := layers/city/python:.
export PORT

.DEFAULT_GOAL := help
.PHONY: help run up down reset status redeploy test test-unit test-city lint format generate bench soak \
        soak-cameras replay replay-cameras trace deploy-check layers lock setup setup-web

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

run: setup-web ## start the city on PORT (8080) and stay; Ctrl-C stops everything
	@$(PY) -m infra.local run

up: setup-web ## start the city in the background
	@$(PY) -m infra.local up

down: ## stop the city that runs in the background; its data are kept
	@test -x $(PY) && $(PY) -m infra.local down || echo "nothing is running"

reset: ## stop the city and clear its data
	@test ! -x $(PY) || $(PY) -m infra.local reset

status: setup ## what is running
	@$(PY) -m infra.local status

redeploy: setup ## deploy changed functions and template.yaml to the running city
	@$(PY) -m infra.local deploy

test: setup-web ## every test: units, web app, integration over HTTP, browser journeys
	@$(PY) -m infra.local.testing

test-unit: setup ## the fast tests only: no network, no city
	@$(PY) -m infra.local.testing unit

test-city: setup-web ## integration tests and browser journeys only
	@$(PY) -m infra.local.testing city

lint: setup-web ## format, style, types, import rules, template, web app's types
	@$(PY) -m infra.local.lint

format: setup ## write the format
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

generate: setup-web ## write what is made from the code: OpenAPI, event schemas, diagrams, the web client's types
	@$(PY) -m infra.build.openapi && $(PY) -m infra.build.events && $(PY) -m infra.build.workflow
	@$(PY) -m infra.build.alerts && $(PY) -m infra.build.partners
	@cd frontend && npm run --silent types

bench: setup-web ## measure: submit, money, sweep, fan-out, replay, cold imports; build/bench.json
	@$(PY) -m infra.bench

soak: setup ## schedules of the ledger from seeds (make soak N=100000; SAGA=1; SEED=7 to see one)
	@PYTHONPATH=$(PYTHONPATH):tests $(PY) -m soak $(if $(SAGA),--saga) $(if $(SEED),--seed $(SEED),$(if $(filter-out file default,$(origin N)),$(N)))

soak-cameras: setup ## 563 simulated cameras for ten minutes, a worker killed each minute
	@$(PY) -m infra.fleet

replay: setup ## N reports of the seed's history into the running city (make replay N=105575)
	@$(PY) -m infra.replay.drive $(N)

replay-cameras: setup ## what cameras saw since 2019 through the live handlers (make replay-cameras N=1900000 P=2)
	@$(PY) -m infra.replay.cameras $(if $(filter-out file default,$(origin N)),$(N)) --processes $(or $(P),1)

trace: setup ## the path of one report through the functions' logs (make trace ID=...)
	@$(PY) -m infra.local.trace "$(ID)"

deploy-check: setup ## lint template.yaml, transform it, build the layers as for AWS
	@.venv/bin/cfn-lint template.yaml && $(PY) -m infra.build.layers --check

layers: setup ## build the two layers for AWS into build/layers
	@$(PY) -m infra.build.layers

lock: setup ## pin requirements again from pyproject.toml
	@$(PY) -m infra.build.pins

setup:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "✗ Python 3.11 or newer is needed and $(PYTHON) was not found." >&2; exit 1; }
	@$(PYTHON) -m infra.local.prepare

setup-web:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "✗ Python 3.11 or newer is needed and $(PYTHON) was not found." >&2; exit 1; }
	@$(PYTHON) -m infra.local.prepare web
