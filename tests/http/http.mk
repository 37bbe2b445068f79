.PHONY: http
http: all $(BUILD)/examples/demo_data $(BUILD)/examples/agent ## the daemon, over sockets
	@BUILD='$(BUILD)' tests/http/run.sh
CHECK_C += http
