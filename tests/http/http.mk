.PHONY: http
HTTP_NEEDS := all $(BUILD)/examples/demo_data $(BUILD)/examples/agent $(patsubst %,$(BUILD)/tests/crash/%,live_writer shipping_agent)
http: deps $(HTTP_NEEDS) ## the daemon, over sockets
	@$(if $(SAN),KILL_ROUNDS=1 )BUILD='$(BUILD)' tests/http/run.sh
CHECK_C += http

.PHONY: http-schema
http-schema: all $(BUILD)/examples/demo_data
	@tests/run_pytest.sh $(wildcard tests/http/test_*.py)
CHECK_CLIENTS += http-schema

.PHONY: crash-ingest
crash-ingest: $(HTTP_NEEDS) ## ROUNDS=100: kill -9 of the daemon under load; of agent, shipper and daemon
	@KILL_ROUNDS=$(if $(filter command line,$(origin ROUNDS)),$(ROUNDS),100) BUILD='$(BUILD)' tests/http/run.sh ingest ship

.PHONY: soak
soak: deps $(HTTP_NEEDS) ## SECONDS=600: the daemon under half the load that it takes; its memory must not grow
	@scratch=$$(mktemp -d -p build) && build/venv/bin/python -B tests/http/soak.py \
		--seconds $(if $(filter command line,$(origin SECONDS)),$(SECONDS),600) $(BUILD) $$scratch && rm -rf $$scratch

.PHONY: generated
generated: all $(BUILD)/examples/demo_data ## EXAMPLES=500: generated requests of every route of the daemon
	@OAT_GENERATED_EXAMPLES=$(if $(filter command line,$(origin EXAMPLES)),$(EXAMPLES),500) \
		tests/run_pytest.sh tests/http/test_generated.py
