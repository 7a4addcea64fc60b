# Two commands for newcomers: `make serve` and `make test`. Each does all its own set-up, once.

PORT ?= 8000
BIN := .venv/bin

# An editable install holds the place of the checkout: another place, or a gone interpreter, starts it anew.
ifneq ($(shell $(BIN)/python -c "" 2>/dev/null && cat $(BIN)/installed-for 2>/dev/null),$(CURDIR))
$(shell rm -f $(BIN)/installed $(BIN)/installed-dev)
endif

.PHONY: serve test lint audit bench sample readme ci clean

serve: $(BIN)/installed
	$(BIN)/python -m routegen serve sample_project --port $(PORT)

test: $(BIN)/installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: $(BIN)/installed-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pyright

# Asks the database of known holes about the oldest versions that pyproject.toml allows, and about those installed here.
audit: $(BIN)/installed-dev
	@$(BIN)/python -m venv .venv/audit && .venv/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/python -m tests.bounds > .venv/audit/lowest.txt
	.venv/audit/bin/pip-audit --no-deps --disable-pip --progress-spinner off -r .venv/audit/lowest.txt
	.venv/audit/bin/pip-audit --skip-editable --progress-spinner off --path $$($(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")

bench: $(BIN)/installed-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	$(BIN)/python benchmarks/all.py $(ARGS)

sample: $(BIN)/installed-dev
	$(BIN)/python -m tests.sample --write

readme: $(BIN)/installed-dev
	$(BIN)/python -m tests.readme --write
	$(BIN)/python -m tests.pictures --write

ci:
	.ci/run

clean:
	rm -rf .venv dist

$(BIN)/installed: pyproject.toml sample_project/pyproject.toml Makefile
	@$(BIN)/python -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || \
		{ python=$${PYTHON:-$$(.ci/find-python)} && rm -rf .venv && "$$python" -m venv .venv; }
	@echo "installing routegen into .venv, which takes a minute the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip  # older ones lack --group
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . -e './sample_project[dev]'
	@echo "$(CURDIR)" > $(BIN)/installed-for
	@touch $@

$(BIN)/installed-dev: $(BIN)/installed
	@echo "installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . -e './sample_project[dev]' --group dev
	@touch $@
