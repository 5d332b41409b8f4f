# `make run` and `make test` work on a fresh Debian 12 or Ubuntu machine with
# Rust and Node; the scripts do the work and say what they do.

CARGO_TARGET_DIR ?= $(HOME)/.cache/chairside/target
export CARGO_TARGET_DIR

.DEFAULT_GOAL := help
.PHONY: help run outage demo test kills soak lint fmt bindings simulate fuzz bench screens icons bundle advisories

help: ## lists what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## opens the window on a demo clinic that takes online bookings
	@scripts/run

outage: ## cuts the line between a desk and central, books on both sides, heals it, and tells
	@scripts/outage

demo: ## runs the central service with four clinics, each with a desk
	@scripts/demo

test: ## runs everything CI runs
	@scripts/test

kills: ## kills central, the desk and the broker ten times each under load
	@scripts/setup test
	CHAIRSIDE_KILLS=10 cargo nextest run --profile kills --package chairside-central --test link -E 'test(/^kills/)'

soak: ## cuts the line every few seconds for an hour, over each broker, while everybody books
	@scripts/setup test
	CHAIRSIDE_SOAK_SECONDS=3600 cargo nextest run --profile soak --package chairside-central --test link -E 'test(/^soak/)'

lint: ## checks formatting, lints, types and licences
	@scripts/setup test
	@scripts/lint

fmt: ## formats everything
	cargo fmt --all
	npm --prefix ui run format

bindings: ## writes the screens' types from the Rust API
	CHAIRSIDE_WRITE_BINDINGS=1 cargo test --quiet --package chairside-clinic --lib bindings

simulate: ## runs clinics under faults; SEEDS=1000000 FROM=1 LEDGER=FILE
	@SEEDS='$(SEEDS)' FROM='$(FROM)' LEDGER='$(LEDGER)' scripts/simulate

fuzz: ## tells the protocol nonsense; TIMES=1000, SEED=1 to repeat a run
	@TIMES='$(TIMES)' SEED='$(SEED)' scripts/fuzz

bench: ## runs the benchmarks; HISTORY=16000000 for the large history
	@scripts/bench

screens: ## takes the pictures for docs/
	@scripts/screens

icons: ## draws the icons from icons/icon.svg
	@scripts/icons

bundle: ## builds the .deb and the .rpm
	@scripts/setup run
	ui/node_modules/.bin/tauri build

advisories: ## looks for known vulnerabilities; needs the Internet
	cargo deny --workspace check advisories
