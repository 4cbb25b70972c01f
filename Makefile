# SalaGate. `make help` lists what there is to type. Everything is set up in .venv and build; `make clean` removes both.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := wire edge collector provisioning
SOURCES := pyproject.toml LICENSE hardware/pinmap.toml $(wildcard README.md) \
	$(shell find $(PACKAGES) -type f -not -path '*/__pycache__/*' 2>/dev/null | LC_ALL=C sort)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all:

# The programs under test are the built wheel's, never the tree's.
unexport PYTHONPATH SALAGATE_FROM_TREE

.DEFAULT_GOAL := help
.PHONY: help run test check bench soak pictures format lock clean FORCE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run $(VENV)/.wheel ## live through a school morning; FOR=120 ends it after 120 seconds, CAMERA=/dev/video0 is your webcam at the gate
	@$(BIN)/python -m tests.simulation.morning $(if $(FOR),--for $(FOR)) $(if $(CAMERA),--camera $(CAMERA))

test: $(VENV)/.dev $(VENV)/.wheel ## set up, check and run every test, as CI does
	@tools/system-packages.sh chromium libzbar0
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest

check: $(VENV)/.dev ## format, lint, types and layers; changes nothing
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: type 'make format'." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo

bench: $(VENV)/.run $(VENV)/.wheel ## measure; ONLY=reading measures one thing, PHOTOS=... names the photographs
	@tools/system-packages.sh libzbar0
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(PHOTOS),--photos $(PHOTOS))

soak: $(VENV)/.dev $(VENV)/.wheel ## the tests that take long: kill rounds, power cuts, load
	@tools/system-packages.sh chromium libzbar0
	@$(BIN)/pytest -m soak || [ $$? -eq 5 ]

pictures: $(VENV)/.dev $(VENV)/.wheel ## play the morning and make the README's pictures from it
	@tools/system-packages.sh chromium
	@$(BIN)/python -m tests.simulation.pictures

format: $(VENV)/.dev ## format the code and repair what can be repaired without thought
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lock: ## write locks/ anew from pyproject.toml; UPGRADE=1 takes the newest versions
	@tools/lock.sh $(PYTHON) $(if $(UPGRADE),--upgrade)

clean: ## remove everything that was made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@tools/check-python.sh $(PYTHON)
	@echo "Setting up $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: locks/run.txt $(VENV)/.made
	@echo "Installing what the programs need (locks/run.txt); a slow line may take minutes ..." >&2
	@$(INSTALL) -r locks/run.txt >&2
	@touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.run
	@echo "Installing what the tests need (locks/dev.txt); a slow line may take minutes ..." >&2
	@$(INSTALL) -r locks/dev.txt >&2
	@touch $@

# Changes only when a file of the four packages appears or goes; a changed file is seen by its own time.
$(VENV)/.sources: FORCE | $(VENV)/.made
	@printf '%s\n' $(SOURCES) | cmp -s - $@ || printf '%s\n' $(SOURCES) > $@

$(VENV)/.wheel: $(SOURCES) $(VENV)/.sources $(VENV)/.run
	@echo "Building and installing SalaGate's wheel ..." >&2
	@rm -rf build/wheel
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w build/wheel . >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/wheel/*.whl >&2
	@touch $@

FORCE:
