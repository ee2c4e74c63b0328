# What a person who works on the wizard needs. Operators need ./install.sh alone.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help test check unit bench hostile kill-matrix lab lab-down lab-roots wheelhouse update-pins clean system-packages

VENV := .venv
BIN := $(VENV)/bin
export PYTHONUTF8 := 1
export PYTHONPATH := $(CURDIR)

# The first Python of 3.10 to 3.14 that runs and can make environments; PYTHON=... overrides.
FIND_PYTHON = for p in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3.10 python3; do \
	"$$p" -c 'import sys, ensurepip, venv, ssl; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 15))' \
	2>/dev/null && echo "$$p" && break; done

# Keyed on the pins, so that the environment is made again exactly when they change.
PINS := $(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)
STAMP := $(VENV)/.pins-$(PINS)

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r n t; do printf '  make %-12s %s\n' "$$n" "$$t"; done

test: system-packages check lab-roots ## Everything that must pass: style, types, import contracts, shell, tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(STAMP) ## The same without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/shellcheck install.sh assets/launcher.sh .ci/run

unit: $(STAMP) ## The quick tests alone
	$(BIN)/python -m pytest -q tests/unit

# Where there can be no lab this says why, and the tests that need one are skipped (on CI they fail).
lab-roots: $(STAMP)
	@$(BIN)/python -m tests.lab build

lab: $(STAMP) ## Test hosts by hand: make lab [N=3 or N='rhel ubuntu']; prints how to ssh into them
	@$(BIN)/python -m tests.lab up $(or $(N),3)

kill-matrix: system-packages lab-roots ## The wizard killed at every point while it installs Docker, then gone on with: half an hour
	$(BIN)/python -m pytest -q -s -m kill_matrix tests/lab/test_kill.py

hostile: system-packages lab-roots ## Attacks on our own product, many of each (tests/hostile/README.md): hours
	HOSTILE_COUNT=$${HOSTILE_COUNT:-10000} HOSTILE_KILLS=$${HOSTILE_KILLS:-20} $(BIN)/python -m pytest -q -s -m hostile tests/hostile

lab-down: $(STAMP) ## Take down those of this checkout, and what a crash left
	@$(BIN)/python -m tests.lab down

bench: $(STAMP) ## Speed and bytes on the wire, as ratios measured in one run
	$(BIN)/python -m compileall -q wizard
	$(BIN)/python -m bench

wheelhouse: ## Fill wheelhouse/ for a machine without a network (./install.sh --wheelhouse DIR)
	./install.sh --make-wheelhouse wheelhouse

$(STAMP): requirements.txt requirements-dev.txt
	@set -e; python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo 'No Python of 3.10 to 3.14 with venv and ssl is on the PATH: install one (Debian and Ubuntu: python3 python3-venv), or name it: make test PYTHON=/path/to/python3.12' >&2; exit 2; \
	fi; \
	echo "Making $(VENV) with $$("$$python" -V)"; \
	rm -rf $(VENV); "$$python" -m venv $(VENV); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements-dev.txt; \
	touch $@

# The tests run real programs. As root on a Debian-like machine the missing ones are installed; elsewhere those
# tests say what they lack and are skipped. nginx and ufw only check what we write: nothing of them is started (RUNLEVEL=1
# says so, which systemd does not heed: there they are left to you).
system-packages:
	@missing=''; more=''; [ -d /run/systemd/system ] || more='nginx:nginx-light ufw:ufw'; \
	for pair in $$more tmux:tmux sshd:openssh-server ssh:openssh-client openssl:openssl sudo:sudo busybox:busybox-static \
		mmdebstrap:mmdebstrap systemd-nspawn:systemd-container apt-ftparchive:apt-utils ip:iproute2 iptables:iptables \
		nft:nftables sysctl:procps; do \
		PATH="$$PATH:/usr/sbin:/sbin" command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair#*:}"; done; \
	if ! python3 -c 'import ensurepip' 2>/dev/null; then [ -d $(VENV) ] || missing="$$missing python3 python3-venv"; fi; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing for the tests:$$missing"; \
		{ apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } \
			>/dev/null || echo "apt-get could not install$$missing: tests that need them are skipped." >&2; \
	else echo "Not installed:$$missing. Tests that need them are skipped." >&2; fi

# uv resolves for every Python and architecture at once; it is no dependency of anything else.
UV = env -u UV_INDEX_URL UV_PYTHON_DOWNLOADS=never .pins/bin/uv pip compile --quiet --universal --python-version 3.10 \
	--upgrade --generate-hashes --only-binary :all: --no-emit-index-url --no-header

update-pins: ## Renew both requirements files to the newest releases that pyproject.toml allows
	@[ -x .pins/bin/uv ] || { python=$$($(FIND_PYTHON)) && "$$python" -m venv .pins && .pins/bin/pip install --quiet uv; }
	$(UV) --output-file requirements.txt pyproject.toml
	echo pip | $(UV) --output-file requirements-pip.txt -
	$(UV) --constraint requirements.txt --group dev --output-file requirements-dev.txt pyproject.toml

clean: ## Remove what these targets made
	rm -rf $(VENV) .pins build dist wheelhouse .mypy_cache .ruff_cache .pytest_cache .hypothesis snapshot_report.html
	find wizard tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
