# Everything here is a short name for a command of Go's own tools; nothing else is needed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

GO        ?= go
FUZZTIME  ?= 60s
BENCH     ?= .
BENCHTIME ?= 1s

.PHONY: test bench fuzz golden lint corpus catalog-mutate

test: ## run all tests
	$(GO) test ./...

bench: ## run the benchmarks; they make their inputs themselves. BENCH=Read bench one, BENCHTIME=5s runs them longer
	$(GO) test ./... -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem

fuzz: ## run every fuzz target for FUZZTIME each
	@targets=$$(grep -rno --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed -E 's|^\./(.*)/[^/:]+:[0-9]+:func (.*)$$|\1 \2|' | sort -u); \
	if [[ -z "$$targets" ]]; then echo 'no fuzz target was found' >&2; exit 1; fi; \
	while read -r dir target; do \
	  echo "== ./$$dir $$target"; \
	  $(GO) test "./$$dir" -run '^$$' -fuzz "^$$target\$$" -fuzzminimizetime 5x -fuzztime $(FUZZTIME) </dev/null; \
	done <<< "$$targets"

corpus: ## run over a folder of repositories, CORPUS=DIR, and print what was found, the time and the memory
	@if [[ -z "$(CORPUS)" ]]; then echo 'give the folder: make corpus CORPUS=DIR' >&2; exit 2; fi
	@bin=$$(mktemp -d); trap 'rm -rf "$$bin"' EXIT; \
	$(GO) build -o "$$bin" ./cmd/onus ./internal/corpus && "$$bin/corpus" -onus "$$bin/onus" "$(CORPUS)"

golden: ## rewrite the golden files of every package that has the flag -update; read the difference before committing
	@packages=$$(grep -rl --include='*_test.go' 'flag\.Bool("update"' . | xargs -r -n1 dirname | sort -u); \
	if [[ -z "$$packages" ]]; then echo 'no package has golden files' >&2; exit 1; fi; \
	$(GO) test $$packages -update

lint: ## check format, vet, staticcheck and the catalog
	@files=$$(gofmt -l .); if [[ -n "$$files" ]]; then printf 'not formatted, run gofmt -w on:\n%s\n' "$$files" >&2; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) run ./cmd/onus catalog lint

catalog-mutate: ## flip the party of each row of the catalog to each other one and print the flips that no example notices
	$(GO) run ./internal/catalogmutate
