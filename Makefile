# `make app` builds and serves the page, `make test` runs every test. Both install what they need the first time.

PORT ?= 8080

.PHONY: app test check demo bench-browser clean

app:
	@scripts/setup-app.sh
	@scripts/build-app.sh
	@exec node scripts/serve.mjs dist $(PORT)

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
	rm -rf dist
