# make chat    a chat window over the starter library, from nothing
# make test    every test, from nothing
# make screenshots   a picture of every state of the window, in screenshots/
# make torture a library whose owners are killed 200 times, and two that share one
# make cluster two replicas, two workers, PostgreSQL, Chroma and nginx, as processes here
# make lint    format, lint, types, import contract, the window's scripts
# make check   make lint, and the tests that need no model
# Interrupted, each goes on where it stopped when it is called again.

PYTHON ?= python3
PORT ?= 7860
# Where pip finds PyTorch, which the tests need and make chat does not; empty: where it finds
# everything else. See the README.
TORCH_INDEX ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export PIP_CONSTRAINT := constraints.txt

.PHONY: setup chat cluster cluster-test stores test check lint check-scripts newcomer screenshots models chromium bench-answers bench-retrieval bench-growth bench-vectors bench-workers bench-meanwhile bench-askers load bench-checking bench-paint bench-start calibrate propose-questions train-reader export-reader measure-reader train-decision torture bench-adding clean

setup: .venv/.installed models

chat: setup
	@$(BIN)/ibid chat --port $(PORT) --starter seeds

test: .venv/.developed models chromium stores
	@$(BIN)/ibid models pull smollm2-135m bge-small-en-v1.5
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not model and not browser"
	$(BIN)/python -m pytest -m "model and not browser"
# A browser on a machine that others share may miss a moment: a test that fails is run once more,
# and the summary lists it.
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m browser --reruns 1 -rR

check: lint
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not model and not browser"

lint: .venv/.developed check-scripts
	$(BIN)/ruff format $(if $(CI),--check) .
	$(BIN)/ruff check $(if $(CI),,--fix) .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The types and the tests of the window's scripts, where there are node and npm. Nothing else needs them.
check-scripts:
	@if command -v node >/dev/null && node --version | grep -qE '^v(2[0-9]|[3-9][0-9])'; \
	then node --test --test-reporter=dot tests/ui/js/*.test.js; \
	else echo "the window's scripts are not tested: there is no node 20 or later"; fi
	@if command -v npm >/dev/null && $(MAKE) --no-print-directory node_modules/.installed; \
	then node_modules/.bin/tsc; \
	else echo "the types of the window's scripts are not checked: TypeScript could not be installed"; fi

node_modules/.installed: package.json
	npm install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

# make torture [KILLS=200]   the owners of a library are killed at random moments; two share one
torture: .venv/.developed
	TORTURE_KILLS=$(or $(KILLS),200) $(BIN)/python -m pytest tests/torture tests/ui/api/test_two_processes.py -m "not model" --durations=5

# make cluster [PORT=8080]   what compose.yaml starts, as processes of this machine; see deploy/README.md
cluster: .venv/.developed models stores
	@$(BIN)/python deploy/cluster.py --port $(if $(filter command line,$(origin PORT)),$(PORT),8080)

# make cluster-test [MINUTES=10] [SEED=n] [OUT=file.json]   killed at random moments; twice the minutes
cluster-test: .venv/.developed models stores
	$(BIN)/python tests/cluster/storm.py $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(OUT),--out $(OUT))

# Debian starts services of its own of both, where it starts services at all.
stores:
	@{ command -v nginx || ls /usr/sbin/nginx; } >/dev/null 2>&1 && ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends postgresql nginx-light; }

# make screenshots [ONLY=words]; the pictures with the real models take minutes: ONLY="not real"
screenshots: .venv/.developed models chromium
	$(BIN)/python -m pytest tests/ui/screenshots.py $(if $(ONLY),-k "$(ONLY)")

# A newcomer's first minutes, from an empty environment and an empty library, in a real browser.
newcomer: .venv/.developed models chromium
	$(BIN)/python tests/newcomer/journey.py

# How soon the window is seen once ibid chat has printed its address.
bench-paint: .venv/.developed models chromium
	$(BIN)/python tests/ui/first_paint.py

models: .venv/.installed
	@$(BIN)/ibid models pull

chromium:
	@command -v chromium >/dev/null || { $(SUDO) apt-get update && $(SUDO) apt-get install -y chromium; }

# pip is what venv makes last, so an interrupted environment is made again.
.venv/bin/pip:
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml constraints.txt | .venv/bin/pip
	$(PIP) install --editable .
	@touch $@

.venv/.developed: .venv/.installed
	$(PIP) install "pip>=25.1"
	$(PIP) install $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch==2.13.0
	$(PIP) install --editable .[torch]
	$(PIP) install --group dev
	@touch $@

# make bench-retrieval DATA=folder OUT=file.json [N=200] [SEED=1]
bench-retrieval: .venv/.developed models
	$(BIN)/python -m eval.bench.retrieval --data $(DATA) $(if $(OUT),--out $(OUT)) $(if $(N),--n $(N)) $(if $(SEED),--seed $(SEED))

# make bench-answers DATA=folder [OUT=file.json] [N=200] [STOCK=50] [SEED=1]
bench-answers: .venv/.developed models
	$(BIN)/python -m eval.bench.answers --data $(DATA) $(if $(OUT),--out $(OUT)) $(if $(N),--n $(N)) $(if $(STOCK),--stock $(STOCK)) $(if $(SEED),--seed $(SEED))

# make bench-growth [OUT=file.json]
bench-growth: .venv/.developed models
	$(BIN)/python -m eval.bench.growth $(if $(OUT),--out $(OUT))

# make bench-vectors [OUT=file.json]   an index in a folder and one of a Chroma server, as both grow
bench-vectors: .venv/.developed
	$(BIN)/python -m eval.bench.vectors $(if $(OUT),--out $(OUT))

# make bench-workers [N=1000] [RANDOM=1] [OUT=file.json]   how soon 1, 2 and 4 workers add what waits
bench-workers: .venv/.developed models stores
	$(BIN)/python -m eval.bench.workers $(if $(N),--articles $(N)) $(if $(RANDOM),--random) $(if $(OUT),--out $(OUT))

# make bench-adding [N=1000] [RANDOM=1] [OUT=file.json]   how soon articles are added, in what memory
bench-adding: .venv/.developed models
	$(BIN)/python -m eval.bench.adding $(if $(N),--articles $(N)) $(if $(RANDOM),--random) $(if $(OUT),--out $(OUT))

# make bench-meanwhile [OUT=file.json]   how much later an answer comes while articles are added
bench-meanwhile: .venv/.developed models
	$(BIN)/python -m eval.bench.meanwhile $(if $(OUT),--out $(OUT))

# make bench-askers [OUT=file.json]   how soon 1, 2, 4 and 8 who ask at one time have their answers
bench-askers: .venv/.developed models
	$(BIN)/python -m eval.bench.askers $(if $(OUT),--out $(OUT))

# make load [ASKERS=32] [SECONDS=120] [OUT=file.json]   so many ask at one time over the API
load: .venv/.developed models
	$(BIN)/python -m eval.bench.load $(if $(ASKERS),--askers $(ASKERS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(OUT),--out $(OUT))

# make bench-start [OUT=file.json]   how soon each command, and the window, is there from nothing
bench-start: .venv/.developed models
	$(BIN)/python -m eval.bench.start $(if $(OUT),--out $(OUT))

# make bench-checking [DATA=folder] [OUT=file.json] [SEED=1] [SIGNALS=1]
bench-checking: .venv/.developed $(if $(SIGNALS),models)
	$(BIN)/python -m eval.bench.checking $(if $(DATA),--data $(DATA)) $(if $(OUT),--out $(OUT)) $(if $(SEED),--seed $(SEED)) $(if $(SIGNALS),--signals)

# make propose-questions DATA=folder [OUT=file] [MINUTES=n]   goes on where it stopped
propose-questions: .venv/.developed models
	$(BIN)/python -m eval.training.proposals --data $(DATA) $(if $(OUT),--out $(OUT)) $(if $(MINUTES),--minutes $(MINUTES))

# make train-reader DATA=folder [OUT=folder] [MINUTES=n] [PROPOSALS=file]   goes on where it stopped
# About 3 hours of two cores, an hour where they have AMX; a GPU is used where there is one.
OUT_READER := $(if $(OUT),$(OUT),runs/reader)
train-reader: .venv/.developed models
	$(BIN)/python -m eval.training.reader --data $(DATA) --out $(OUT_READER) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(PROPOSALS),--proposals $(PROPOSALS))

# make export-reader [OUT=folder]   the trained reader becomes the one that Ibid ships
export-reader: .venv/.developed models
	$(BIN)/python -m eval.training.export --from $(OUT_READER)

# make measure-reader DATA=folder [OUT=file.json]   beside word overlap and the untrained reranker
measure-reader: .venv/.developed models
	$(BIN)/python -m eval.training.measure --data $(DATA) $(if $(OUT),--out $(OUT))

# make train-decision DATA=folder [MODEL=no]   after a change of reader, reranker or prompt
train-decision: .venv/.developed models
	$(BIN)/python -m eval.training.decision --data $(DATA) $(if $(MODEL),--no-model)

# make calibrate [DATA=folder] [N=200] [SEED=1]
calibrate: .venv/.developed models
	$(BIN)/python -m eval.bench.calibration $(if $(DATA),--data $(DATA)) $(if $(N),--n $(N)) $(if $(SEED),--seed $(SEED))

clean:
	rm -rf .venv node_modules
