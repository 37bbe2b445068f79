# OpenTelemetry for Node, as its users install it: tests/python/test_otlp_clients.py runs otlp.cjs with it.
# What package.json asks for is locked by `npm run lock` in this folder.
NODE_CLIENTS := build/clients/node_modules/.package-lock.json
$(NODE_CLIENTS): tests/clients/package.json tests/clients/package-lock.json
	@mkdir -p build/clients
	@cp $^ build/clients
	$(call brief,npm)cd build/clients && npm ci --ignore-scripts --silent --no-progress 2>&1
	@touch $@
clients: $(NODE_CLIENTS)
