# `make run` and `make test` do all that a fresh Debian 12 with the Swift 6.3 toolchain still needs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

# Targets import only what they declare.
STRICT := --explicit-target-dependency-import-check error
SOURCES := Package.swift Sources Tests Benchmarks
PYTHON_SOURCES := Tests/Clients Tests/Browser Tests/Distribution Benchmarks scripts/servers scripts/check-circles.py scripts/collect-licenses.py scripts/make-wheel.py scripts/reduce-icu-data.py scripts/swift_names.py
# What `make run` passes to `cellar serve`, for example ARGS="--config my.toml".
ARGS ?=

.PHONY: run test build release format lint bench dist soak clean swift packages

run: build
	.build/debug/cellar serve $(ARGS)

test: swift
	scripts/test.sh

build: swift packages
	swift build $(STRICT)

# The program as it is given away: dist/cellar/cellar.
release: swift packages
	scripts/install-packages.sh dist
	scripts/release-binary.sh

format: swift
	swift format format --in-place --parallel --recursive $(SOURCES)
	$$(scripts/clients-environment.sh)/tools/bin/ruff format $(PYTHON_SOURCES)

lint: swift
	swift format lint --strict --parallel --recursive $(SOURCES)
	scripts/check-file-lengths.sh
	scripts/check-circles.py
	environment=$$(scripts/clients-environment.sh)
	"$$environment/tools/bin/ruff" format --check $(PYTHON_SOURCES)
	"$$environment/tools/bin/ruff" check $(PYTHON_SOURCES)

bench: swift packages
	scripts/install-packages.sh dist
	scripts/install-packages.sh bench
	scripts/release-binary.sh PageConversion
	environment=$$(scripts/clients-environment.sh)
	CELLAR_BINARY=$$PWD/.build/dist/release/cellar PYTHONPATH=Tests/Clients "$$environment/bin/python" Benchmarks/bench.py $(ARGS)

dist: swift packages
	scripts/install-packages.sh dist
	scripts/make-distribution.sh

# Hours instead of minutes: 200 random kills, 100 crashes at every failpoint, every client resolving airflow, rare clients;
# 100,000 simulated schedules, and ten minutes of replicas whose servers fail; ten uploads of 500 MB at once to an object
# store, and a rebuild of 100,000 files from it; all pages in every mode of a browser; and what `make dist` makes, in clean systems.
soak: swift packages
	scripts/install-packages.sh dist
	scripts/install-packages.sh debian
	scripts/install-packages.sh image
	swift build $(STRICT)
	environment=$$(scripts/clients-environment.sh)
	CELLAR_KILLS=200 CELLAR_CRASHES=100 CELLAR_EVERY_CLIENT=1 "$$environment/bin/pytest" -n 2 --timeout 7200 Tests/Clients/test_crashes.py Tests/Clients/test_failpoints.py Tests/Clients/test_cache_limits.py Tests/Clients/test_pypi.py Tests/Clients/test_rare_clients.py
	CELLAR_SCHEDULES=100000 CELLAR_CHAOS_SECONDS=600 "$$environment/bin/pytest" -n 2 --timeout 14400 Tests/Clients/test_simulation.py Tests/Clients/test_replica_faults.py
	CELLAR_S3_UPLOAD=500 CELLAR_REBUILD_FILES=100000 "$$environment/bin/pytest" --timeout 7200 Tests/Clients/test_s3.py -k "ten_large_uploads or many_files"
	CELLAR_EVERY_MODE=1 "$$environment/bin/pytest" -n 2 Tests/Browser
	"$$environment/bin/pytest" Tests/Distribution

clean:
	rm -rf .build dist

swift:
	@command -v swift >/dev/null || { echo "There is no swift on PATH: install Swift 6.3 (https://www.swift.org/install) and put its usr/bin there." >&2; exit 1; }

packages:
	@scripts/install-packages.sh build

# A recipe is one script, so that a variable set on one line is there on the next.
.ONESHELL:
