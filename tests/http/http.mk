.PHONY: http
http: deps all $(BUILD)/examples/demo_data $(BUILD)/examples/agent ## the daemon, over sockets
	@BUILD='$(BUILD)' tests/http/run.sh
CHECK_C += http

.PHONY: http-schema
http-schema: all $(BUILD)/examples/demo_data
	@tests/run_pytest.sh $(wildcard tests/http/test_*.py)
CHECK_CLIENTS += http-schema
