# netc: a language for convolutional networks, and its compiler.
# `make demo` and `make test` need Go and nothing prepared.

GO          ?= go
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
DEMO_FLAGS  ?=
PEER_FLAGS  ?=
FUZZTIME    ?= 30s

.PHONY: help build demo test race noasm fuzz arm64 bench bench-peers generate check-generate lint ci clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: ## build bin/netc
	$(GO) build -o bin/netc ./cmd/netc

demo: build ## fetch MNIST, train LeNet-5 on it, print the result
	@rm -rf runs/demo
	@if bin/netc data get mnist; then \
		bin/netc train models/lenet5/lenet5.net --out runs/demo $(DEMO_FLAGS); \
	else \
		echo; echo "MNIST cannot be had here; training on glyphs instead, digits drawn from fonts."; echo; \
		bin/netc train models/lenet5/lenet5.net --data glyphs --out runs/demo $(DEMO_FLAGS); \
	fi

test: ## vet and test everything, generated code included
	$(GO) vet ./...
	$(GO) test ./...
	$(MAKE) --no-print-directory check-generate

race: ## test under the race detector
	$(GO) test -race -short ./...

noasm: ## test the portable kernels
	$(GO) test -tags noasm -short ./runtime/... ./compiler/... ./models/...

arm64: ## build for arm64, and test the kernels there under qemu-user where it is installed
	GOARCH=arm64 $(GO) build ./...
	@if command -v qemu-aarch64 >/dev/null; then set -x; \
		GOARCH=arm64 $(GO) test -short -exec qemu-aarch64 ./runtime/kernel/... ./runtime/plan ./runtime/par ./runtime/interp ./runtime/rng ./runtime/weights; \
	else echo "qemu-aarch64 is not installed (Debian: qemu-user): built, not tested"; fi

fuzz: ## fuzz everything that reads bytes, FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench: ## time kernels and the parser
	$(GO) test -run '^$$' -bench . ./...

bench-peers: ## time netc and PyTorch, ONNX Runtime in turn; PEER_FLAGS="-nets lenet5 -threads 1"
	$(GO) run ./testdata/bench/peers $(PEER_FLAGS)

generate: ## write generated files anew
	$(GO) generate ./...
	$(GO) test ./compiler/manual -update
	cd runtime/kernel/internal/simd/_gen && $(GO) generate ./...

check-generate: ## fail when the models' generated code is stale
	@for f in models/*/*_net.go; do $(GO) run ./cmd/netc compile --verify $${f%_net.go}.net || exit 1; done

lint: ## gofmt and staticcheck
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	$(GO) run $(STATICCHECK) ./...

ci: test race noasm lint ## everything a change must pass

clean: ## remove what make built
	rm -rf bin runs/demo
