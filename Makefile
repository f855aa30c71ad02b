# Every target makes what it needs: Python 3.11 or newer and make are enough.
# "Installed" stands for .venv with the program; "tested" adds the tools that judge it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Two workers on two cores; a test that needs the machine to itself says so.
WORKERS ?= auto
# In about half an hour; 300 take a minute.
KILLS ?= 10000
# A quarter of a minute.
BODIES ?= 100000
# Three minutes.
REQUESTS ?= 100000
# The tests start the program again and again: it is compiled once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo run tour test lint crash storm fuzz bench pictures lock clean
.DEFAULT_GOAL := demo

demo: $(VENV)/installed        ## bot, Tencent sandbox and Slack look-alike on this machine
	@$(BIN)/smsops demo

run: $(VENV)/installed         ## the bot alone, against what app.yaml and the environment name
	@$(BIN)/smsops run

tour: $(VENV)/installed        ## the README's story, played through the same HTTP doors
	@$(BIN)/smsops tour

test: lint                     ## everything that must hold
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup

lint: $(VENV)/tested           ## format, lint, types, import contracts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo --cache-dir $(VENV)/import_linter

crash: $(VENV)/tested          ## the program, killed and stalled KILLS times; ends in one JSON object
	@$(BIN)/python -m tests.crash $(KILLS)

storm: $(VENV)/tested          ## 5,000 events in a minute while Slack refuses and stumbles; ends in one JSON object
	@$(BIN)/python -m tests.storm

fuzz: $(VENV)/tested           ## BODIES hostile callbacks, judged by what is stored, and REQUESTS at Slack's address; ends in a JSON object each
	@$(BIN)/python -m tests.fuzz $(BODIES)
	@$(BIN)/python -m tests.fuzz.slack $(REQUESTS)

bench: $(VENV)/tested          ## ratios, each against something run in turn beside it
	@$(BIN)/python -m tests.bench

pictures: $(VENV)/tested       ## the README's pictures, from the page as it is (needs a Chromium)
	@$(BIN)/python -m tests.pictures

lock: $(VENV)/tested           ## renew both lock files
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links --upgrade \
	  pyproject.toml --extra build -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock \
	  pyproject.toml --extra build --extra test -o tests/requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "smsops needs Python 3.11 or newer; try: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The program itself is built with what the lock pinned, never with something fetched on the side.
$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Setting up .venv (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/tested: tests/requirements.lock $(VENV)/installed
	@echo "Adding the test tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@
