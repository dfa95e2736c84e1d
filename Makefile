# Each target is one line of explanation and one command; the work is in scripts/.
PYTHON := .venv/bin/python
# A process of tests for each processor; one that is done takes over from another what that has not begun.
PARALLEL := --numprocesses auto --dist worksteal
# Debuggers keep no bytecode: without this each of many hundred sessions compiles what it imports.
COMPILE := $(PYTHON) -m compileall -q core gdbext lldbext ptatlas tests

.DEFAULT_GOAL := help
.PHONY: help ready setup demo quick test unprivileged fuzz check docs matrix bench clean

# Of `make fuzz`: seconds of each target, and which; all by default.
TIME := 600
TARGETS :=
# Of `make unprivileged`: which tests; all by default.
TESTS :=

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

ready: ## install what ptatlas itself lacks on this machine: a debugger, its libraries in .venv
	@scripts/setup.sh ready

setup: ## install what working on ptatlas and testing it needs, too
	@scripts/setup.sh

demo: ready ## a short guided session in GDB, LLDB or both, whichever is there
	@$(PYTHON) scripts/demo.py

quick: setup ## run the tests that need no debugger and take no long time
	@$(COMPILE)
	@$(PYTHON) -m pytest -m "not slow" $(PARALLEL)

test: setup ## run every test
	@$(COMPILE)
	@$(PYTHON) -m pytest $(PARALLEL)

unprivileged: setup ## run every test as a user without rights, in a copy; TESTS='one another' for some
	@scripts/unprivileged.sh $(PARALLEL) $(TESTS)

fuzz: setup ## fuzz every parser, as long as TIME=SECONDS says each; TARGETS='one another'
	@$(PYTHON) -m pip install -q --disable-pip-version-check -e '.[fuzz]'
	@$(PYTHON) scripts/fuzz.py --time $(TIME) $(TARGETS)

check: setup docs ## lint, formatting, types, Python floor, direction of imports, the site
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/vermin -t=3.9- --no-tips --violations core gdbext lldbext ptatlas
	$(PYTHON) -m pytest -q tests/unit/test_imports.py

docs: setup ## build the documentation as a site, build/site, without a warning
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict

matrix: setup ## every version of the debuggers that can be had, every architecture; writes docs/reliability.md
	@scripts/setup.sh matrix
	@$(COMPILE)
	@$(PYTHON) -m pytest --matrix tests/matrix

bench: setup ## measure against the debuggers' own commands
	@$(PYTHON) benchmarks/run.py

clean: ## remove what the other targets made, .venv too
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
