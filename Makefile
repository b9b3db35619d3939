# `make app` builds and serves the page, `make module` the ES module for other people's pages, `make test` runs every test.
# All install what they need the first time.

PORT ?= 8080

.PHONY: app module test check demo bench-browser clean

app:
	@scripts/setup-app.sh
	@scripts/build-app.sh
	@exec node scripts/serve.mjs dist $(PORT)

# The ES module with the custom element in pkg/; `node scripts/serve.mjs .` then shows examples/module/ and examples/element/.
module:
	@scripts/setup-app.sh
	@scripts/build-module.sh

test:
	@scripts/test.sh

check:
	@scripts/check.sh

# Rebuilds data/demo from the playlists in ../shared/data.
demo:
	@scripts/make-demo.sh

# Times a query in Chromium beside plain JavaScript and other engines (benches/browser/README.md).
bench-browser:
	@scripts/bench-browser.sh

clean:
	cargo clean
	rm -rf dist pkg
