# Everything a person runs. Each target does all of its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What make itself says of its jobs would reach the builds below it.
unexport MAKEFLAGS MFLAGS

# Images for containers forbid to keep bytecode, and pytest would compile every module of a plugin anew in each process.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help reference docs setup test test-quick check format demo demo-releases recall noise bench lock clean

help:
	@echo "make setup          make .venv with the locked set of packages"
	@echo "make demo           verify the eight commits of an engine's refactor plan"
	@echo "make demo-releases  verify real releases of three command-line crates; ONLY=hexyl"
	@echo "make recall         what is seen of seeded regressions; QUICK=1, ONLY='dlq-*', SEED=1"
	@echo "make test           lints, types and all tests; builds Rust crates; FRESH=1"
	@echo "make test-quick     the tests that build nothing and take no time"
	@echo "make docs        the documentation as a site, in out/site"
	@echo "make bench          the figures of benchmarks/, written to out/bench.json"
	@echo "make noise          the engine against itself, 100 times; goes on where it was; QUICK=1, PARTS=10"
	@echo "make lock           write requirements.lock anew"

setup: $(VENV)/.locked

$(VENV)/.locked: requirements.lock pyproject.toml scripts/preflight.py
	@$(PYTHON) scripts/preflight.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: check
	$(if $(FRESH),,PASSED_BEFORE=.cache/passed.json) $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=15

test-quick: setup
	$(BIN)/pytest -n 2 --dist loadfile -m "not rust and not slow"

demo: setup
	$(BIN)/python -m demo.engine

demo-releases: setup
	$(BIN)/python -m demo.releases

noise: setup
	$(BIN)/python -m benchmarks.noise

recall: setup
	$(BIN)/python -m recall

reference: setup
	$(BIN)/python -m scripts.write_reference

docs: reference
	$(BIN)/python -m mkdocs build --strict --quiet

bench: setup
	$(BIN)/python -m benchmarks.run

lock: setup
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --extra dev --all-build-deps --generate-hashes --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
	  -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .cache out dist
