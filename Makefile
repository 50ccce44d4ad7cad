# The newsroom's one door: `make help` says what there is. Needs git, make, python3 (3.11 or newer) and python3-venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
SERVE ?= 1
WORKERS ?= 1

BIN := .venv/bin
# The Procfile and the tools call each other by name.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PORT WORKERS

INSTALLED := .venv/.installed
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po)
# The demo lives apart: it never touches a newsroom of your own, and its mail stays on this machine.
DEMO := VAR_DIR="$(CURDIR)/var/demo" DATABASE_URL= TASKS_URL= MAIL=mailbox BASE_URL="http://localhost:$(PORT)"
# .env is read by the settings; honcho would let it win over the real environment.
START := honcho --env /dev/null start

.PHONY: help demo new run test lint format bench chaos screenshots lock catalogues chromium redis wrk

help: ## say what there is
	@sed -n 's/^\([a-z.]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r target words; do printf '  %-14s %s\n' "$$target" "$$words"; done

demo: $(INSTALLED) .env catalogues ## a newsroom full of stories, on http://localhost:8000 (PORT=…; SERVE=0 only sets it up)
	@$(DEMO) python manage.py migrate --verbosity 0
	@$(DEMO) python manage.py collectstatic --no-input --verbosity 0
	@$(DEMO) python manage.py demo
	@if [ "$(SERVE)" != 0 ]; then $(DEMO) $(START); fi

new: $(INSTALLED) .env catalogues ## an empty newsroom of your own; asks six questions and a password
	@python manage.py migrate --verbosity 0
	@python manage.py new_newsroom

run: $(INSTALLED) .env catalogues ## start your newsroom: web, workers and clock (WORKERS=3 for three that send)
	@python manage.py migrate --verbosity 0
	@python manage.py collectstatic --no-input --verbosity 0
	@$(START)

test: $(INSTALLED) catalogues chromium redis ## all tests on SQLite, in the browser, and what asks a database on PostgreSQL with Redis
	@echo "Tests on SQLite"
	@python -m pytest -n 2
	@echo "Tests in the browser"
	@python -m pytest -n 2 tests/browser
	@echo "Tests on PostgreSQL"
	@python -m pytest -n 2 -p tests.postgres

lint: $(INSTALLED) .env ## style, types, templates, who may import whom, migrations
	ruff check .
	ruff format --check .
	mypy
	djlint --quiet --lint templates
	lint-imports
	python manage.py makemigrations --check --dry-run
	python -m newsroom.catalogues --check

format: $(INSTALLED) ## let the tools put the code in order
	ruff check --fix .
	ruff format .

bench: $(INSTALLED) wrk ## measure; the figures go to var/bench/
	@python -m tests.benchmarks

chaos: $(INSTALLED) ## hurt the sending room in every way we know, for 15 minutes; the table goes to var/chaos/
	@python -m tests.chaos

screenshots: $(INSTALLED) chromium ## pictures of the demo on http://localhost:8000 (PORT=…) for docs/screenshots/
	@python -m tests.browser.screenshots http://localhost:$(PORT)

lock: ## fix the versions of all dependencies anew (needs uv)
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-emit-find-links \
		--python-version 3.11.0 -o requirements.lock \
		--custom-compile-command "make lock" --quiet

catalogues: $(INSTALLED)
	@python -m newsroom.catalogues

chromium:
	@command -v chromium >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium for the browser tests"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
		else \
			echo "Chromium is missing: the browser tests will not run. apt-get install chromium"; \
		fi; }

redis:
	@command -v redis-server >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Redis for the tests of several machines"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null; \
		else \
			echo "redis-server is missing: the tests of several machines will not run. apt-get install redis-server"; \
		fi; }

wrk:
	@command -v wrk >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing wrk for the bench of the site under load"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk >/dev/null; \
		else \
			echo "wrk is missing: requests in a second are not measured, and the bench fails. apt-get install wrk"; \
		fi; }

.env: ## write .env with fresh keys, unless there is one
	@$(PYTHON) -m newsroom.first_run

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "The newsroom needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python cannot make virtual environments here. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing the dependencies into .venv"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@
