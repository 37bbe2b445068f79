# Benchmarks that need more than one program: the store beside other engines, over generated spans.
#   make bench-query SPANS=1e7    speed, beside DuckDB and SQLite (bench/query.py --help: BENCH_FLAGS)
#   make bench-size SPANS=1e7     bytes a span, beside Parquet
#   make bench-growth             the same questions of stores of several sizes
#   make bench-http SPANS=1e7     what the daemon takes in and answers over HTTP
#   make bench-phoenix            the daemon beside Arize Phoenix
# The engines live in build/bench-venv, the data in build/bench-data. What it means: docs/benchmarks.md.
SPANS ?= 1e6
SIZES ?= 1e6 1e7
BENCH_FLAGS ?=
BENCH_PYTHON := build/bench-venv/bin/python -B

build/bench-venv/requirements.txt: bench/requirements.txt
	@rm -rf build/bench-venv
	@python3 -m venv build/bench-venv
	@build/bench-venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@cp $< $@

build/venv-phoenix/requirements.txt: bench/phoenix-requirements.txt
	@rm -rf build/venv-phoenix
	@python3 -m venv build/venv-phoenix
	@build/venv-phoenix/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@cp $< $@

.PHONY: bench-query bench-size bench-growth bench-http bench-phoenix bench-smoke
bench-query: all $(filter-out %/pack_size,$(BENCH_TOOLS)) build/bench-venv/requirements.txt ## SPANS=1e7: questions to the store, DuckDB and SQLite
	@$(BENCH_PYTHON) bench/query.py --build $(BUILD) --spans $(SPANS) $(BENCH_FLAGS)
bench-size: all $(BUILD)/bench/generate $(BUILD)/bench/pack_size build/bench-venv/requirements.txt ## SPANS=1e7: bytes a span, by column, beside Parquet
	@PYTHONPATH=tests $(BENCH_PYTHON) bench/size.py --build $(BUILD) --spans $(SPANS) $(BENCH_FLAGS)
bench-growth: all $(BUILD)/bench/generate $(BUILD)/bench/query_store build/bench-venv/requirements.txt ## SIZES="1e6 1e7 1e8": how answers grow with the store; into docs/benchmarks.md
	@$(BENCH_PYTHON) bench/growth.py --build $(BUILD) --docs docs/benchmarks.md $(BENCH_FLAGS) $(SIZES)
bench-http: all $(addprefix $(BUILD)/bench/,bare_http generate ingest_http live load_http) ## SPANS=1e7: what the daemon takes in, how soon it tells of it and answers
	@python3 -B bench/httpd.py --build $(BUILD) --spans $(SPANS) $(BENCH_FLAGS)
bench-phoenix: SPANS := $(if $(filter command line,$(origin SPANS)),$(SPANS),1e5)
bench-phoenix: all build/venv-phoenix/requirements.txt ## SPANS=1e5: the daemon beside Arize Phoenix; into docs/benchmarks.md
	@build/venv-phoenix/bin/python -B bench/phoenix.py --build $(BUILD) --spans $(SPANS) --docs docs/benchmarks.md
bench-smoke: all $(BUILD)/bench/generate $(BUILD)/bench/generate_text
	@bench/smoke.sh
CHECK_C += bench-smoke
