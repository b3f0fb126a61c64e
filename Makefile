# What one does with this repository. `make` alone lists it. .ci/run holds the steps themselves, so that they are
# the same here and where changes are checked.

.DEFAULT_GOAL := help
.PHONY: help run test test-all ci lint fuzz bench benchmarks strain chaos build docker tidy vulncheck

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## one process on 127.0.0.1:8080: SQLite, embedded Redis, simulated WhatsApp
	go run ./cmd/retoma serve

test: ## the whole suite on SQLite and the embedded Redis; needs nothing but Go
	go test ./...

test-all: ## the suite with -race, on PostgreSQL and a real Redis too (starts its own)
	.ci/run services

ci: ## everything that must hold before a change is taken
	.ci/run

lint: ## gofmt, go vet, golangci-lint (built once), go mod tidy -diff
	.ci/run format vet tidy lint

fuzz: ## a few seconds for each parser; `make fuzz PKG=./internal/typebot TARGET=FuzzRead TIME=10m` for one
	$(if $(TARGET),go test -run '^$$' -fuzz '^$(TARGET)$$' -fuzztime $(or $(TIME),1m) $(PKG),.ci/run fuzz)

strain: ## ten times the webhooks that are borne for a minute, and 50,000 due sends beside another company's few; ARGS='-only overload -layouts embedded'
	go run ./internal/strain/drive $(ARGS)

bench: ## the goals, measured: ARGS='-runs 1 -quick -only w1' for a look, BENCH=folder of wabench and floor
	go run ./internal/goals/drive -bench $(or $(BENCH),../shared/bench) $(ARGS)

benchmarks: ## the benchmarks of single packages; COUNT=10 for benchstat
	go test -run '^$$' -bench . -benchmem -count $(or $(COUNT),1) $$(grep -rl --include='*_test.go' 'func Benchmark' . | xargs -n 1 dirname | sort -u)

chaos: ## customers against processes that are killed, frozen and cut off; SEED=n, ARGS='-services=false -customers 900 -faults 45'
	nice -n 5 go run ./internal/chaos/drive -seed $(or $(SEED),1) $(ARGS)

build: ## bin/retoma, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/retoma ./cmd/retoma

docker: ## the images retoma and retoma-asynqmon
	docker build --tag retoma .
	docker build --tag retoma-asynqmon tools/asynqmon

tidy: ## go.mod and go.sum of all three modules
	go mod tidy
	go -C tools/lint mod tidy
	go -C tools/asynqmon mod tidy

vulncheck: ## known vulnerabilities in what is called; needs the vulnerability database on the net
	@test -x bin/govulncheck || GOBIN=$(CURDIR)/bin go install golang.org/x/vuln/cmd/govulncheck@v1.8.0
	@bin/govulncheck ./... || { code=$$?; test $$code -eq 3 || echo 'govulncheck did not run to its end: could it reach its database (GOVULNDB)? Nothing was checked.'; exit $$code; }

.env: .env.example ## secrets for docker compose, made up; an existing .env is left as it is
	@test ! -e $@ || { echo '.env exists and is older than .env.example: compare them by hand'; exit 1; }
	@umask 077; awk '/^(POSTGRES_PASSWORD|REDIS_PASSWORD|RETOMA_SECRET_KEY|RETOMA_JWT_SECRET|RETOMA_BOOTSTRAP_KEY)=$$/ { \
		"openssl rand -hex 32" | getline secret; close("openssl rand -hex 32"); \
		print $$0 ($$0 ~ /BOOTSTRAP/ ? "rtm_" : "") secret; next } { print }' .env.example > $@
	@echo 'made .env'
