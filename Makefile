# make help tells what there is. Everything happens in .venv, which is made on demand.
# PYTHON=python3.12 chooses the Python; otherwise the first one that fits is taken.

PYTHON ?=
BIN := .venv/bin
CLIP ?= samples/figure.mp4
ORDERS ?= 10000
PACKETS ?= 1000000
ONLY ?=
QUICK ?=
# Types are checked in the tests too, which import what they are written with.
LINT_EXTRAS := lint,test

# Any Python can run the bootstrap, which then looks for one that fits.
define bootstrap
	@for program in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.10 python; do \
	  if "$$program" -c "import sys; sys.exit(sys.version_info < (3, 6))" >/dev/null 2>&1; then \
	    exec "$$program" tools/bootstrap.py --python "$(PYTHON)" --extras "$(1)"; \
	  fi; \
	done; \
	echo "error: no Python runs here; graphflow needs Python 3.10 or newer" >&2; exit 1
endef

.PHONY: help run models test lint schema sample parity bench simulate soak docs clean env env-test env-lint env-docs env-bench

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run: env ## track the pose in the sample clip (CLIP=... for another), into out/
	@$(BIN)/graphflow run graphs/pose_tracking.yaml -i "$(CLIP)"

models: env ## fetch the model weights, once
	@$(BIN)/graphflow models fetch

test: env-test ## run all tests
	@$(BIN)/graphflow models fetch || echo "note: tests that need the models will be skipped" >&2
	@$(BIN)/python -m pytest -n 2

lint: env-lint ## check style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict

schema: env ## write the schema of graph files again, which editors read
	@$(BIN)/graphflow schema -o graphs/graph.schema.json

sample: env ## render the sample clip again
	@$(BIN)/python -m samples.figure.make_clip -o samples/figure.mp4

parity: env ## compare with MediaPipe itself, frame by frame
	@$(BIN)/python -m benchmarks.parity

bench: env-bench ## measure everything beside MediaPipe (ONLY=a,c for parts, QUICK=1 for less)
	@$(BIN)/graphflow models fetch
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) "$(CLIP)"

simulate: env-test ## prove the engine: graphs in many orders, mutants, replays (ORDERS=10000)
	@$(BIN)/python -m tests.simulation --orders $(ORDERS)

soak: env-test ## run many packets through a graph, and look what is left (PACKETS=1000000)
	@$(BIN)/python -m tests.simulation.soak $(PACKETS)

docs: env-docs ## make the site of the documents, into out/site
	@$(BIN)/python -m sphinx -W --keep-going -n -q docs out/site
	@echo out/site/index.html

clean: ## delete what the targets made, the environment included
	@rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

env:
	$(call bootstrap,)

env-test:
	$(call bootstrap,test)

env-lint:
	$(call bootstrap,$(LINT_EXTRAS))

env-docs:
	$(call bootstrap,docs)

env-bench:
	$(call bootstrap,bench)
