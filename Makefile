.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SERVERS := $(VENV)/.servers
BENCH := .venv-bench
PEERS := .venv-peers
AUDIT := .venv-audit
FRAMEWORKS := .venv-frameworks

# Tests and benchmarks start hundreds of processes: what one compiled the next ones load.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test test-agents test-ceph test-contract test-frameworks lint fix docs bench bench-quality \
  bench-billing bench-billing-peers bench-proxy bench-api audit lock clean

help: ## Show these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(READY): requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY) ## Optimize the sample session and show the report
	$(BIN)/aicontext optimize examples/session.json --query "Why does the checkout test fail?"

$(SERVERS): tools/install_servers.sh $(READY)
	sh tools/install_servers.sh
	@touch $@

test: $(READY) $(SERVERS) ## Run all tests
	$(BIN)/pytest -n 2

lint: $(READY) ## Check style, types, floors and sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/sizes.py

$(BENCH)/.ready: benchmarks/requirements.txt pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt -e .
	@touch $@

bench: $(BENCH)/.ready ## Compare the condensers with peers
	$(BENCH)/bin/python benchmarks/condense/run.py

bench-quality: $(BENCH)/.ready ## Score on real cases: DATA=folder [LIMIT=60]
	$(BENCH)/bin/python benchmarks/quality/run.py $(DATA) $(if $(LIMIT),--limit $(LIMIT))

bench-billing: $(READY) ## Bill real sessions direct and through us: DATA=folder [HALF=a|b] [LIMIT=20]
	$(BIN)/python benchmarks/billing/run.py $(DATA) $(if $(HALF),--half $(HALF)) \
	  $(if $(LIMIT),--limit $(LIMIT))

bench-proxy: $(READY) ## Measure the proxy's overhead: [LITELLM=venv] [SOAK=100000]
	$(BIN)/python benchmarks/proxy/overhead.py --write $(if $(LITELLM),--litellm $(LITELLM)) \
	  $(if $(SOAK),--soak $(SOAK))

$(PEERS)/.ready: benchmarks/billing/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check -r benchmarks/billing/requirements.txt
	@touch $@

bench-billing-peers: $(READY) $(PEERS)/.ready ## The same over HTTP beside other proxies: DATA=folder
	$(BIN)/python benchmarks/billing/over_http.py $(DATA) --peers $(PEERS) --write \
	  $(if $(LIMIT),--limit $(LIMIT))

test-agents: $(READY) ## Run real agents through the proxy and our hooks (big downloads): [AGENTS="claude codex"]
	$(BIN)/python benchmarks/agents/run.py $(if $(AGENTS),$(AGENTS),--write)
	$(BIN)/python benchmarks/agents/hooks.py $(if $(AGENTS),$(AGENTS),--write)

$(FRAMEWORKS)/.ready: requirements/frameworks.txt pyproject.toml
	$(PYTHON) -m venv $(FRAMEWORKS)
	$(FRAMEWORKS)/bin/pip install --quiet --disable-pip-version-check \
	  -r requirements/frameworks.txt -e '.[mcp,proxy]'
	@touch $@

test-frameworks: $(FRAMEWORKS)/.ready ## Run LangChain, LlamaIndex, LiteLLM, Pydantic AI and the MCP inspector (700 MB)
	LITELLM_LOCAL_MODEL_COST_MAP=True $(FRAMEWORKS)/bin/pytest -W default tests/frameworks \
	  --record benchmarks/results/frameworks.json

test-contract: $(READY) ## Send the API what its contract allows and forbids: [SECONDS=300]
	AICONTEXT_TEST_CONTRACT_SECONDS=$(or $(SECONDS),300) \
	  $(BIN)/pytest -n 0 tests/entrypoints/api/test_contract_fuzzed.py

test-ceph: $(READY) ## Try contents on Ceph's S3 gateway, installed where it is missing (69 MB)
	sh tools/install_servers.sh ceph-mon ceph-mgr ceph-osd radosgw ceph-common
	AICONTEXT_TEST_S3=ceph $(BIN)/pytest -n 0 tests/adapters/blobs/test_contract.py

bench-api: $(READY) ## Measure the API: start, memory, contexts, small requests: [LITELLM=venv]
	$(BIN)/python benchmarks/api/run.py --write $(if $(LITELLM),--litellm $(LITELLM))

$(AUDIT)/.ready:
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/pip install --quiet --disable-pip-version-check pip-audit
	@touch $@

audit: $(AUDIT)/.ready ## Look up known vulnerabilities of what is locked (needs the network)
	$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/dev.lock

fix: $(READY) ## Mend what can be mended automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Write docs/reference and contracts from the program
	$(BIN)/python tools/build_contracts.py
	$(BIN)/python tools/build_reference.py

lock: ## Renew requirements/dev.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --no-emit-package ai-context-platform \
	  -o requirements/dev.lock

clean: ## Remove what make made
	rm -rf $(VENV) $(BENCH) $(PEERS) $(FRAMEWORKS) .agents .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
