# One line a target; what they do is in `glasspage --help`.

PYTHON ?= python3
OUTPUT ?= output
BIN := .venv/bin
INPUTS := pyproject.toml constraints.txt

.PHONY: site verify test bench train clean

site: .venv/.site  ## run the models, write every value, make the pages
	$(BIN)/glasspage build --output $(OUTPUT)

verify: .venv/.site  ## check files, pages and data of what was made
	$(BIN)/glasspage verify $(OUTPUT)

test: .venv/.test  ## style, types, behaviour
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal  # as many workers as cores, a thread each

ifneq ($(filter train,$(MAKECMDGOALS)),)  # before anything is installed
$(if $(MODEL),,$(error say which: make train MODEL=xiyouji CORPUS=FILE))
$(if $(CORPUS),,$(error say where the text is: make train MODEL=$(MODEL) CORPUS=FILE))
endif

bench: .venv/.test  ## time and memory, each beside the bar it has to keep
	$(BIN)/python tests/bench.py

train: .venv/.site  ## make train MODEL=xiyouji CORPUS=FILE
	$(BIN)/glasspage train $(MODEL) --corpus $(CORPUS)

clean: .venv/.site  ## remove what a build made
	$(BIN)/glasspage clean --output $(OUTPUT)

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "glasspage needs Python 3.11 or newer: name it with make PYTHON=...")'
	$(PYTHON) -m venv .venv

.venv/.site: $(INPUTS) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[torch]'
	touch $@

.venv/.test: $(INPUTS) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[torch,dev]'
	touch $@ .venv/.site
