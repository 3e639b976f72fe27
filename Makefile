# Two commands do all set-up: `make demo` and `make test`.
PYTHON ?= python3
LAB = $(PYTHON) -m tests.lab
.DEFAULT_GOAL := help
.PHONY: help setup demo stop test test-full lint unit odoo integration e2e bench lock clean

help:  ## what there is to type
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | column -t -s '|'

setup:  ## install and build everything, once (both commands below do it)
	@$(LAB) setup

demo: setup  ## a local cluster, Odoo, and a real hosting running on it
	@$(PYTHON) -m tests.lab.demo start

stop:  ## end the demo; its data stays
	@$(PYTHON) -m tests.lab.demo stop

test: setup  ## all rings of tests
	@$(PYTHON) -m tests.rings

test-full: setup  ## the same, and everything that takes long
	@$(PYTHON) -m tests.rings --full

lint unit odoo integration e2e: setup  ## one ring of tests
	@$(PYTHON) -m tests.rings $@

bench: setup  ## how long many hosts take, side by side with other ways (ARGS=--help)
	@$$($(PYTHON) -c 'from tests.lab import venv; print(venv.program("python"))') -m tests.bench $(ARGS)

lock:  ## pin all Python packages anew (needs uv)
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --python-version 3.11.2 -o requirements.lock

clean:  ## end the labs of this checkout and delete their data (caches stay)
	@$(PYTHON) -m tests.lab.demo clean
