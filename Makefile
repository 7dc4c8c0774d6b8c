# Parley: build it, try it, test it. `make help` lists the targets.

# What must be there already; everything else is installed by the targets.
GO_NEEDED   := $(shell sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
NODE_NEEDED := 20

# Packages that run in the browser, and those that compile for it.
WASM_TESTED := ./core/... ./jsbridge/...
WASM_BUILT  := $(WASM_TESTED) ./wasm/...
FOR_WASM    := GOOS=js GOARCH=wasm

# Packages whose tests need neither a server nor a browser.
QUICK := ./core/... ./jsbridge/... $(addprefix ./server/internal/,chatstate ids op routing rest media webhook index)

GOLANGCI := .tools/v2.15.0/golangci-lint

.DEFAULT_GOAL := all
.PHONY: all help serve build notices test test-go test-race test-wasm test-web test-unit test-e2e test-package test-packages test-samples quick lint fmt docs size size-report symbolize figures figures-engines soak cluster schedules matrix acme proxies fuzz bench bench-report load load-report lighthouse pictures release release-twice vulnerabilities backup-figures clean \
	test-engines test-firefox test-webkit test-worker need-go need-node test-setup lint-go lint-wasm lint-web lint-text lint-docs lint-package lint-deploy

all: build test ## Build and test; what make alone does

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: build ## Run the server with the demo accounts; PARLEY_* variables set its options
	go run ./server/parleyd -demo

build: need-go need-node web/node_modules/.package-lock.json notices ## Build the SDK, the wasm, the console, the demo and the documentation into web/dist
	@node web/build.mjs

# What releases are for, and whose modules the notices are of; this machine's platform may be another one.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
NOTICES := server/notices/built/NOTICES.txt
notices: need-go
	@go run ./server/notices/generate -for "$$(printf '%s,' $(PLATFORMS))$$(go env GOOS)/$$(go env GOARCH)" ./server/parleyd \
		>$(NOTICES).new && mv $(NOTICES).new $(NOTICES)

# Tests make thousands of stores and browser profiles, which memory does several times faster than a disk. Where it has
# little room, or lets no program run, as in many containers, they are made where they always are.
IN_MEMORY := $(shell d=$$(mktemp -d -p /dev/shm 2>/dev/null) && printf '#!/bin/sh\n' >$$d/runs && chmod +x $$d/runs && $$d/runs 2>/dev/null && \
	[ "$$(df -Pk $$d | awk 'END { print $$4 }')" -gt 3000000 ] && echo /dev/shm; rm -rf "$$d")
quick test-go test-race test-wasm test-e2e test-engines test-firefox test-webkit test-worker test-package test-packages: \
	export TMPDIR := $(or $(TMPDIR),$(IN_MEMORY),/tmp)

# The steps of make test run one after the other, the parts of a step (joined by +) side by side. A part that fails
# does not keep the others from running. What many parts need is made once, in a step of its own.
SHARED := build test-setup
STEPS  := $(SHARED) size lint+test-wasm+test-unit test-go test-e2e test-engines test-package
test: ## Run lint and every test, and print the time of each part; installs what the tests need
	@times=$$(mktemp) && trap 'rm -f "$$times"' EXIT && begin=$$(date +%s) && for step in $(STEPS); do \
		for part in $$(echo $$step | tr + ' '); do { start=$$(date +%s); \
			$(MAKE) --no-print-directory $$made $$part && result=ok || result=FAILED; \
			printf '%-12s %5d s  %s\n' $$part $$(($$(date +%s) - start)) $$result >>"$$times"; } & done; wait; \
		case " $(SHARED) " in *" $$step "*) ! grep -q "^$$step .*ok" "$$times" || made="$$made -o $$step" ;; esac; \
	done; printf '%-12s %5d s\n' total $$(($$(date +%s) - begin)) >>"$$times"; echo; cat "$$times"; ! grep -q FAILED "$$times"

quick: need-go test-unit ## Check the types and run the tests that need no server and no browser; under 30 s
	go test $(QUICK)

# The core has no goroutines, so there is no race to detect, and its model plays more schedules without. Nor has the detector
# anything to find in tests that hash thousands of passwords one after the other, which it makes four times slower; and tests that
# measure memory would measure its own.
WITHOUT_RACE := ^(TestMatrix|TestFloodOfLoginsKeepsNobodyOut|TestStrangersCannotLockAnAgentOut|TestExportWithFilesIsStreamed|TestWhoReadsNothingIsBounded|TestLittleComesBeforeTheSession|TestConversationIsWrittenInBoundedMemory|TestUnreadRepliesAreBounded|TestFullChatsHoldUpNobodyElse|TestFullChatsHideNobody|TestUnfinishedBodies|TestUnreadPagesAreBounded|TestLongConversationsAreReadOneAtATime|TestLongExchanges)$$
# With the detector the tests of the whole server take several times as long as all others together: make test-race.
WHOLE := ./server ./server/parleyd ./server/soak
# Most tests wait for a server most of their time, so that more of them run at once than there are cores. Lint vets them.
test-go: build test-setup ## Run the Go tests, those of the packages that the server consists of with the race detector
	go test -vet=off -race -parallel 4 $$(go list ./... | grep -vxE 'parley/(core|server|server/parleyd|server/soak)')
	go test -vet=off -parallel 4 -timeout 20m -skip '$(WITHOUT_RACE)' $(WHOLE)
	go test -vet=off ./server -run '$(WITHOUT_RACE)'
	go test -vet=off ./core -schedules 10000

test-race: build test-setup ## Run the tests of the whole server with the race detector
	go test -vet=off -race -parallel 4 -timeout 25m -skip '$(WITHOUT_RACE)' $(WHOLE)

test-wasm: need-go test-setup ## Run the tests of the wasm packages in headless Chromium
	@node web/test/wasm.mjs $(WASM_TESTED)

test-web: test-unit test-e2e ## Check the types, run the unit tests and the end-to-end tests

test-unit: web/node_modules/.package-lock.json
	@cd web && npm run --silent types && npm run --silent test:unit

test-e2e: build test-setup
	@cd web && PLAYWRIGHT_JSON_OUTPUT_NAME=runs/chromium.json npm run --silent test:e2e -- --reporter=dot,json

test-engines: build test-setup ## Run a conversation, a reload, an outbox and two tabs in Firefox and WebKit, and with the core in a Worker
	@node web/test/setup.mjs firefox webkit
	@cd web && npm run --silent test:engines

test-firefox: build test-setup ## Run the end-to-end tests in Firefox, and write the table of docs/browsers.md
	$(call run-engine,firefox)

test-webkit: build test-setup ## Run the end-to-end tests in WebKitGTK, and write the table of docs/browsers.md
	$(call run-engine,webkit)

test-worker: build test-setup ## Run the documented interface and what holds messages with the core in a Worker
	@cd web && npm run --silent test:worker

test-package: build test-setup lint-package ## Check the npm package, its errors, and two projects that use it
	@cd web && npm run --silent test:packages -- --grep @quick

test-packages: build test-setup lint-package ## Install the npm package in projects of all bundlers, and chat in each; 15 minutes
	@cd web && npm run --silent test:packages

test-samples: build ## Run the testkit's samples for Vitest and Storybook in a project of their own; installs them
	@node web/test/samples/run.mjs

lint: lint-go lint-wasm lint-web lint-text lint-docs ## Check format and code of all languages, our own rules, and that docs are current

fmt: $(GOLANGCI) web/node_modules/.package-lock.json ## Format all Go, TypeScript and JavaScript
	$(GOLANGCI) fmt
	@cd web && npm run --silent fmt

docs: test-setup ## Write docs/conformance.md from the names of the conformance tests, docs/errors.md from its table, docs/reference.md from the types
	go generate ./core/wire/advice
	@node web/test/conformance.mjs
	@node web/docs/reference.mjs

size: build ## Show the sizes of what pages load; fails over the budget in web/size.json
	@node web/size.mjs

size-report: need-go web/node_modules/.package-lock.json ## Show the bytes of the core by package
	@node web/size-report.mjs

symbolize: need-go web/node_modules/.package-lock.json ## Name the functions and lines of a trace of the core: make symbolize <trace.txt
	@node web/symbolize.mjs

figures: build test-setup ## Measure sizes, times, memory and CPU in a browser, and print them
	@cd web && npm run --silent figures

bench: build test-setup ## Measure beside raw WebSockets, socket.io and centrifuge, in one run; ROUNDS=20 ROWS=send-rate BASE=commit CURVES=1
	@cd web && ROUNDS=$(ROUNDS) ROWS=$(ROWS) CURVES=$(CURVES) BASE=$(BASE) node test/bench/run.mjs

bench-report: web/node_modules/.package-lock.json ## Write what make bench measured into docs/performance.md, as a table and as charts
	@node web/test/bench/report/report.mjs

load: build ## Measure the server by parleyd bench, beside centrifuge and socket.io, in one run; ROUNDS=5 ROWS=messages BASE=commit CURVES=1 IDLE=19500
	@cd web && ROUNDS=$(ROUNDS) ROWS=$(ROWS) CURVES=$(CURVES) BASE=$(BASE) IDLE=$(IDLE) node test/bench/load/run.mjs

load-report: web/node_modules/.package-lock.json ## Write what make load measured into docs/scale.md, as a table and as charts
	@node web/test/bench/report/report.mjs load

figures-engines: build test-setup ## Measure in each engine how soon others hear that a page was left, and how soon a page is back after a cut
	@node web/test/setup.mjs firefox webkit
	@cd web && npm run --silent figures:engines

FOR ?= 5m
soak: build test-setup ## Clients and pages through a failing network to a server that is killed; FOR=10m says how long
cluster: build test-setup ## The same, with three servers on three NATS servers, of which each is killed or paused at times; then what upgrades and deaths cost
cluster: NODES := -nodes 3 -tolls
soak cluster:
	@d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && go build -o $$d/parleyd ./server/parleyd && \
	go build -o $$d/soak ./server/soak && $$d/soak -parleyd $$d/parleyd -for $(FOR) $(NODES)

backup-figures: need-go ## Make a backup of a million messages and 500 MB of files, and restore it
	go test ./server/internal/backup -run '^$$' -bench Backup -benchtime 1x -timeout 30m

metrics-cost: need-go ## Measure the CPU time of messages on servers that measure and trace them, by that on one that does not
	@go test ./server -run '^$$' -bench '^BenchmarkMetrics$$' -benchtime 20x

matrix: need-go ## Call every operation as everybody, and print who may call what
	@go test ./server -run '^TestMatrix$$' -count=1 && cat server/testdata/matrix.txt

schedules: need-go ## Play 100,000 schedules of clients, faults, crashes and networks, and 1,000 of agents and visitors, against their models
	go test ./core -run '^TestSchedules$$' -timeout 20m -schedules 100000
	go test ./server -run '^TestAssignmentSchedules$$' -timeout 20m -schedules 1000

# What stands in front of the server, or gives it certificates; their requirements stay out of go.mod.
PEBBLE := .tools/pebble-v2.10.3
acme: need-go ## Get certificates from a local authority by ACME, and renew them under load
	@for name in pebble pebble-challtestsrv; do test -x $(PEBBLE)/$$name || \
		GOBIN=$(CURDIR)/$(PEBBLE) go install github.com/letsencrypt/pebble/v2/cmd/$$name@$(subst .tools/pebble-,,$(PEBBLE)) || exit 1; done
	PEBBLE=$(CURDIR)/$(PEBBLE) go test -tags acme ./server/parleyd -run '^TestACME$$' -count=1 -v

CADDY := .tools/caddy-v2.11.9
proxies: need-go ## Run the samples of docs/proxies.md, and a conversation through each; needs nginx and haproxy to be installed
	@test -x $(CADDY)/caddy || GOBIN=$(CURDIR)/$(CADDY) go install github.com/caddyserver/caddy/v2/cmd/caddy@$(subst .tools/caddy-,,$(CADDY))
	@for name in nginx haproxy; do PATH=$$PATH:/usr/sbin command -v $$name >/dev/null || { \
		echo "make proxies needs $$name; Debian has it as a package" >&2; exit 1; }; done
	CADDY=$(CURDIR)/$(CADDY) go test -tags proxies ./server -run '^TestProxies$$' -count=1 -v

CYCLONEDX := .tools/cyclonedx-gomod-v1.10.0/cyclonedx-gomod
$(CYCLONEDX): | need-go
	GOBIN=$(CURDIR)/$(@D) go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(subst .tools/cyclonedx-gomod-,,$(@D))

release: build $(CYCLONEDX) ## Build what is published into dist: the server for each platform, the npm package, SBOMs, SHA256SUMS
	@go run ./server/release -out dist -for "$$(echo $(PLATFORMS) | tr ' ' ,)" -cyclonedx $(abspath $(CYCLONEDX))

release-twice: release ## Build it again of a clone in another folder, and compare the hashes
	@d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && git clone --quiet . $$d/a-clone-elsewhere && \
	$(MAKE) -C $$d/a-clone-elsewhere --no-print-directory release CYCLONEDX=$(abspath $(CYCLONEDX)) && \
	diff dist/SHA256SUMS $$d/a-clone-elsewhere/dist/SHA256SUMS && echo "both builds are the same, byte for byte"

GOVULNCHECK := .tools/govulncheck-v1.9.0/govulncheck
$(GOVULNCHECK): | need-go
	GOBIN=$(CURDIR)/$(@D) go install golang.org/x/vuln/cmd/govulncheck@$(subst .tools/govulncheck-,,$(@D))

vulnerabilities: $(GOVULNCHECK) web/node_modules/.package-lock.json ## Ask the databases of vulnerabilities about all that is used; needs the network
	$(GOVULNCHECK) ./...
	GOOS=js GOARCH=wasm $(GOVULNCHECK) ./wasm
	cd web && npm audit --audit-level=moderate

FUZZ ?= 60s
fuzz: build ## Feed whatever bytes come to the codec, the core and the server; FUZZ=10m says how long to each
	@grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z]+' core server | sed 's/:.*func / /' | while read -r file name; do \
		go test ./$$(dirname $$file) -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZ) -fuzzminimizetime 10x || exit 1; done

# Lighthouse is large, and is needed here alone. Later versions need a later Node.
lighthouse: build test-setup ## Compare a page with the element and one without it by Lighthouse; ROUNDS says how often
	@cd web && npm exec --yes --package=lighthouse@12.8.2 -- node test/lighthouse.mjs

pictures: build test-setup ## Take the README's pictures anew, from a run of the first conversation
	@cd web && npm run --silent test:e2e -- conversation.spec.ts --grep "both see it happen" && cp test-results/demo.png test-results/console.png demo/pictures/

clean: ## Remove what was built and installed here (not the data)
	rm -rf web/node_modules web/runs web/test-results web/playwright-report
	find web/dist server/notices/built -mindepth 1 ! -name .gitkeep -delete

# $(call run-engine,name): the whole suite in that browser, and the page of what came out.
define run-engine
@node web/test/setup.mjs $(1)
@cd web && { PLAYWRIGHT_JSON_OUTPUT_NAME=runs/$(1).json npx playwright test --project=$(1) --reporter=line,json --global-timeout=0; \
	result=$$?; node test/engines/table.mjs && exit $$result; }
endef

# $(call need,program,version needed,command printing its version,where to get it)
define need
@have=$$($(3) 2>&1 | sed -n 's/^[a-z]*\([0-9][0-9.]*\).*/\1/p'); \
if [ -z "$$have" ]; then \
	echo "parley needs $(1) $(2) or newer and found none; get it from $(4)" >&2; $(3) >&2; exit 1; fi; \
awk -v have="$$have" -v need=$(2) 'BEGIN { split(have, h, "."); split(need, n, "."); \
	exit !(h[1] + 0 > n[1] + 0 || h[1] + 0 == n[1] + 0 && h[2] + 0 >= n[2] + 0) }' || { \
	echo "parley needs $(1) $(2) or newer and found $$have; get it from $(4)" >&2; exit 1; }
endef

need-go:
	$(call need,Go,$(GO_NEEDED),go env GOVERSION,https://go.dev/dl)

need-node:
	$(call need,Node.js,$(NODE_NEEDED),node --version,https://nodejs.org)
	@command -v npm >/dev/null || { echo "parley needs npm, which comes with Node.js: https://nodejs.org" >&2; exit 1; }

# npm writes this file at the end of an install, so it tells how old the install is.
web/node_modules/.package-lock.json: web/package-lock.json | need-node
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test-setup: need-node web/node_modules/.package-lock.json
	@node web/test/setup.mjs

# Compiled once for each version; golangci-lint's requirements stay out of go.mod.
$(GOLANGCI): | need-go
	GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(notdir $(@D))

# One package alone: make lint-go GO_PACKAGES=./core/chat
GO_PACKAGES := ./...
lint-go: $(GOLANGCI)
	$(GOLANGCI) run --allow-parallel-runners $(GO_PACKAGES)

lint-wasm: $(GOLANGCI)
	$(FOR_WASM) $(GOLANGCI) run --allow-parallel-runners $(WASM_BUILT)

lint-web: web/node_modules/.package-lock.json
	@cd web && npm run --silent lint

# Of what is built, so it is no part of lint.
lint-package: build
	@cd web && npm run --silent lint:package

lint-docs: need-go web/node_modules/.package-lock.json
	@go test ./core/wire/advice
	@node web/test/conformance.mjs --check
	@node web/docs/reference.mjs --check
	@missing=$$(grep -hoE '`[a-z][A-Za-z0-9_./-]*/[A-Za-z0-9_.-]+\.(go|ts|mjs|jsonc|yml)`' *.md docs/*.md docs/decisions/*.md | \
		tr -d '`' | sort -u | while read -r file; do [ -e "$$file" ] || echo "$$file"; done); \
	if [ -n "$$missing" ]; then echo "lint: pages name files that do not exist:" $$missing >&2; exit 1; fi

HELM := .tools/helm-v3.22.0/helm
$(HELM): | need-go
	GOBIN=$(CURDIR)/$(@D) go install helm.sh/helm/v3/cmd/helm@$(subst .tools/helm-,,$(@D))

# Beside lint, as helm takes minutes to compile. The unit's exposure is measured by systemd: 0 is best, 10 worst.
CHART := server/deploy/helm/parley
lint-deploy: $(HELM) web/node_modules/.package-lock.json ## Check the container file, the systemd unit and the Helm chart of server/deploy; needs systemd-analyze
	@web/node_modules/.bin/dockerfile-utils lint server/deploy/Containerfile
	@d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && sed 's|=/usr/bin/parleyd|=/bin/true|' server/deploy/parleyd.service >$$d/parleyd.service && \
	systemd-analyze verify $$d/parleyd.service && systemd-analyze security --offline=true --threshold=20 --no-pager $$d/parleyd.service >$$d/said || { cat $$d/said; exit 1; }; tail -1 $$d/said
	$(HELM) lint --strict $(CHART)
	$(HELM) template parley $(CHART) --set secret=parley,options.public-url=https://chat.example.com >/dev/null
	$(HELM) template parley $(CHART) --set replicas=2,secret=parley,options.nats=nats://nats:4222 >/dev/null
	! $(HELM) template parley $(CHART) --set replicas=2,secret=parley >/dev/null 2>&1
	! $(HELM) template parley $(CHART) --set options.addr=:80 >/dev/null 2>&1

SOURCES := core jsbridge wasm server web
SEARCH  := grep -rnE --exclude-dir=node_modules --exclude-dir=dist --exclude-dir=test-results --exclude-dir=playwright-report

# forbid REASON SEARCH-ARGUMENTS: the search must find nothing.
lint-text:
	@status=0; forbid() { reason=$$1; shift; \
		if found=$$($(SEARCH) "$$@"); then printf '%s\nlint: %s\n' "$$found" "$$reason" >&2; status=1; fi; }; \
	forbid 'no time.Sleep in tests: a fixed wait is slow and flaky; wait for the condition' \
		--include='*_test.go' 'time\.Sleep\(' $(SOURCES); \
	forbid 'no waitForTimeout in browser tests, for the same reason' \
		--include='*.ts' --include='*.mjs' 'waitForTimeout' web; \
	forbid 'no HTML or code from strings in pages: messages are text of strangers; use textContent' \
		--include='*.ts' --include='*.mjs' --include='*.js' \
		'\.(inner|outer)HTML\b|insertAdjacentHTML|\beval\(|new Function\(' web/src; \
	forbid 'no FuncOf in the bridge: the way in is exports; a js.Func costs 8 us a call and leaks unless released' \
		--include='*.go' 'FuncOf\(' jsbridge wasm; \
	long=$$(find $(SOURCES) \( -name node_modules -o -name dist \) -prune -o -type f ! -name '*.d.ts' \
		\( -name '*.go' -o -name '*.ts' -o -name '*.mjs' -o -name '*.js' -o -name '*.css' -o -name '*.html' \) \
		-exec awk 'FNR == 401 { print FILENAME }' {} +); \
	if [ -n "$$long" ]; then echo "lint: over 400 lines; split by idea:" $$long >&2; status=1; fi; \
	exit $$status
