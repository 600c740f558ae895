# make demo    the study on 500 seeds a space group, from nothing to tables, figures and report
# make study   the same on 9,000 seeds (about half an hour on two cores)
# make test    the tests
# make quick   the tests that a developer runs every few minutes
# make lint    ruff, snakefmt, mypy, snakemake --lint
# make pins    write the pinned requirements again
# make bench   measure against other programs, all in turn (half an hour on two idle cores; LONG=1: an hour)
# make bench-quick   the same, the core ratios only (less than 5 minutes)

PYTHON ?= python3
CORES ?= 2
ENVIRONMENT = .venv/installed
RUN = . .venv/bin/activate &&
PEERS = benchmarks/.venv/installed

.PHONY: help environment demo study test quick lint bench bench-quick pins clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

environment: $(ENVIRONMENT)

$(ENVIRONMENT): envs/requirements-dev.txt envs/requirements-viewer.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "CrystalSpan needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@echo "Installing the pinned requirements into .venv (once, about a minute) ..."
	@$(PYTHON) -m venv .venv || { \
	  echo "This Python cannot make virtual environments (on Debian: install python3-venv)"; exit 1; }
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r envs/requirements-dev.txt
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@# One file of it is used; what it requires besides (80 MB, for notebooks) is not.
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  -r envs/requirements-viewer.txt || echo "Without chemiscope: studies will have no page of their crystals."
	@# Where Python is told not to write bytecode, every job would compile all libraries anew: seconds each.
	@.venv/bin/python -m compileall -q -j 0 .venv/lib > /dev/null || true
	@touch $@

demo: $(ENVIRONMENT)
	@$(RUN) workflow/scripts/run_study.sh . --cores $(CORES)

study: $(ENVIRONMENT)
	@$(RUN) workflow/scripts/run_study.sh study --cores $(CORES) --configfile config/study.yaml

test: $(ENVIRONMENT)
	@$(RUN) python -m pytest -n $(CORES) --dist loadfile --no-loadscope-reorder

# What runs whole studies, starts a SLURM or is marked slow is left to `make test`.
quick: $(ENVIRONMENT)
	@$(RUN) python -m pytest -n $(CORES) --dist loadfile --no-loadscope-reorder -q -m 'not slow' \
	  --ignore tests/cluster --ignore tests/workflow --ignore tests/benchmarks

lint: $(ENVIRONMENT)
	@$(RUN) ruff check . && ruff format --check . && snakefmt --check Snakefile workflow/rules && mypy && snakemake --lint

# An environment of its own: what other programs need must not reach the product's.
$(PEERS): benchmarks/requirements.txt envs/requirements-dev.txt pyproject.toml
	@echo "Installing the programs to compare with into benchmarks/.venv (once, some minutes) ..."
	@$(PYTHON) -m venv benchmarks/.venv
	@benchmarks/.venv/bin/python -m pip install --quiet --require-hashes -r envs/requirements-dev.txt
	@benchmarks/.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@sed '/^#/d' benchmarks/requirements.txt | while read -r peer; do \
	  benchmarks/.venv/bin/python -m pip install --quiet --prefer-binary "$$peer" </dev/null || \
	  echo "$$peer cannot be installed: left out of the comparison"; done
	@touch $@

bench: $(PEERS)
	@benchmarks/.venv/bin/python -m benchmarks.run $(if $(LONG),--long) $(ONLY)

bench-quick: $(PEERS)
	@benchmarks/.venv/bin/python -m benchmarks.run --quick $(ONLY)

pins:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --extra workflow --extra mpi --extra test pyproject.toml --output-file envs/requirements-dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --extra workflow --constraint envs/requirements-dev.txt pyproject.toml --output-file envs/requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-deps envs/requirements-viewer.in --output-file envs/requirements-viewer.txt

clean:
	rm -rf results study .snakemake logs
