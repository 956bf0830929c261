# make demo: the dashboard over the built-in demo.  make test: every check.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: demo test format clean

demo: .venv/.demo
	$(BIN)/groundswell demo

test: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

format: .venv/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Groundswell needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.demo: pyproject.toml | .venv/bin/python
	@echo "Installing Groundswell into .venv (about 400 MB, a few minutes on the first run)"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e .
	@touch $@

.venv/.test: pyproject.toml | .venv/bin/python
	@echo "Installing what the tests need into .venv (with torch: several minutes on the first run)"
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[train,dev]'
	@touch $@ .venv/.demo

clean:
	rm -rf .venv build dist
