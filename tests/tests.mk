# What proves the project. A check is a make target that ends in a line "N passed, N failed"; a part
# is a list of checks; `make check` is all parts, and one sum. Rules of single checks may live beside
# what they check (fuzz/fuzz.mk, tests/model/model.mk ...) and add themselves: CHECK_C += model-short.

export ASAN_OPTIONS ?= detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS ?= print_stacktrace=1
# A process that ends while threads run waits for them to race: a second, if not told otherwise.
export TSAN_OPTIONS ?= halt_on_error=1:die_after_fork=0:atexit_sleep_ms=100
export BUILD

# ---- Single checks -----------------------------------------------------------------------------
UNIT_TESTS := $(call programs,tests/unit)
UNIT_STORES := $(patsubst %.c,$(BUILD)/%,$(shell grep -l oat_tracer_open $(call sources,tests/unit) /dev/null))
# Those that start threads, and those of the writer, whose flusher is one: others that make a store with it
# have nothing that ThreadSanitizer could learn from besides.
UNIT_THREADS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/test_writer_*.c) \
	$(shell grep -lE 'pthread_create|threads' $(call sources,tests/unit) /dev/null)))
CLI_TESTS := $(sort $(wildcard tests/cli/*.sh))
PYTHON_TESTS := $(sort $(wildcard tests/python/test_*.py))
ROUNDS ?= 1000

.PHONY: unit unit-pwrite unit-threads cli clients model model-short crash crash-short crash-compact crash-compact-short roundtrip \
	roundtrip-short valgrind
unit: $(UNIT_TESTS) ## the unit tests
	@tests/run_unit.sh $(UNIT_TESTS)
unit-pwrite: $(UNIT_STORES) ## those that write stores, in the mode without mappings
	@OAT_STORAGE_MAP=never tests/run_unit.sh $(UNIT_STORES)
cli: all $(call programs,tests/cli) $(BUILD)/examples/demo_data
	@tests/run_all.sh cli 300 $(foreach t,$(CLI_TESTS),'$(notdir $(t))=$(t)')
clients: all $(foreach room,golden cli,$(call programs,tests/$(room)))
	@tests/run_pytest.sh $(PYTHON_TESTS)
unit-threads: $(UNIT_THREADS)
	@tests/run_unit.sh $(UNIT_THREADS)
model: $(BUILD)/tests/model/model ## SECONDS=60: random operations against the store and a trivial one
	@$< --seconds $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)
model-short: $(BUILD)/tests/model/model
	@$< --seconds 10
crash: $(BUILD)/tests/crash/crash ## ROUNDS=1000: kill -9 at random moments, then read back
	@$< --rounds $(ROUNDS)
crash-short: $(BUILD)/tests/crash/crash
	@$< --rounds 30
CRASH_COMPACT := all $(BUILD)/tests/crash/live_writer $(BUILD)/examples/demo_data
crash-compact: $(CRASH_COMPACT) ## ROUNDS=200: kill -9 of oat-compact at random moments, beside a writer
	@tests/crash/compact_kill.py --rounds $(if $(filter command line,$(origin ROUNDS)),$(ROUNDS),200) $(BUILD)
# Under a sanitizer a round takes several times as long: there fewer are killed at random, and each is looked into.
crash-compact-short: $(CRASH_COMPACT)
	@tests/crash/compact_kill.py --rounds $(if $(SAN),4,10) $(BUILD)
ROUNDTRIP := all $(BUILD)/bench/generate
roundtrip: $(ROUNDTRIP) ## SPANS=1e7: dumps of generated spans before and after compaction, in several orders
	@tests/roundtrip/roundtrip.py --dir $(BUILD) --spans $(SPANS) $(BUILD)
roundtrip-short: $(ROUNDTRIP)
	@tests/roundtrip/roundtrip.py --dir $(BUILD) --spans 2e4 $(BUILD)
valgrind: $(BUILD)/examples/agent ## leaks and wrong accesses of the example agent
	valgrind --quiet --leak-check=full --error-exitcode=1 $<

# ---- Parts -------------------------------------------------------------------------------------
PARTS := check-layers check-symbols lint check-c check-san check-clients check-ui
CHECK_C := unit $(if $(UNIT_STORES),unit-pwrite) $(if $(CLI_TESTS),cli) $(if $(call programs,tests/model),model-short) \
	$(if $(call programs,tests/crash),crash-short crash-compact-short) roundtrip-short
# The ones of check-c that make sense under sanitizers.
CHECK_SAN = $(CHECK_C)
CHECK_CLIENTS := $(if $(PYTHON_TESTS),clients)

as_checks = $(foreach t,$(1),'$(2)$(t)=$(SUBMAKE) $(3) $(t)')
# What -O2 and more of debugging information take to build is more than they save. At -O1 gcc does not see
# through instrumented code that a variable is set; the other builds warn of those that are not.
SAN_OPT := -O1 -g1 -Wno-maybe-uninitialized
ASAN := BUILD=build/asan SAN=address,undefined OPT="$(SAN_OPT)"
TSAN := BUILD=build/tsan SAN=thread OPT="$(SAN_OPT)"

.PHONY: check $(PARTS) check-repro check-install asan ubsan tsan format
check: deps ## everything below, and one sum
	+@tests/run_all.sh --parts check $(foreach p,$(PARTS),'$(p)=$(SUBMAKE) $(p)')
check-layers: ## rooms include only what stands below them; the checks check themselves
	@tests/run_all.sh $@ 60 'rooms=tests/checks/check_layers.py' \
		'own-tests=cd tests/checks && python3 -B -m unittest'
check-symbols: ## the libraries export oat_ names, and what their headers declare
	+@tests/run_all.sh $@ 120 'build=$(SUBMAKE) lib $(EXTRA)' 'symbols=tests/checks/check_symbols.sh $(BUILD)'
lint: deps ## formatting, linters, house rules
	@tests/run_all.sh $@ 120 $(foreach l,clang-format shellcheck ruff mypy,'$(l)=tests/checks/lint.sh $(l)') \
		'house-rules=python3 -B tests/checks/house_rules.py'
check-c: ## unit, command line, model and crash tests; reproducible build; installation
	+@tests/run_all.sh $@ 480 'build=$(SUBMAKE) all $(UNIT_TESTS)' $(call as_checks,$(CHECK_C)) \
		$(call as_checks,check-repro check-install)
check-san: ## the same under ASan and UBSan; those with threads under TSan
	+@tests/run_all.sh $@ 480 'asan-build=$(SUBMAKE) $(ASAN) all $(UNIT_TESTS:$(BUILD)/%=build/asan/%)' \
		$(call as_checks,$(CHECK_SAN),asan-,$(ASAN)) $(call as_checks,unit-threads model-short crash-short,tsan-,$(TSAN))
check-clients: deps ## other languages: the independent reader, Python
	+@tests/run_all.sh $@ 420 'build=$(SUBMAKE) all' $(call as_checks,$(CHECK_CLIENTS))
check-ui: deps ## the dashboard: its linters, its units, and every page in Chromium
	+@tests/run_all.sh $@ 360 'build=$(SUBMAKE) all' $(call as_checks,ui-lint ui-unit ui-pages)
check-repro: ## two builds in two directories are the same bytes
	@tests/checks/check_repro.sh build/repro
check-install: all ## what `make install` leaves is enough to build against
	+@tests/checks/check_install.sh build/install $(BUILD)
asan: ## the unit tests under AddressSanitizer
	+@$(SUBMAKE) BUILD=build/asan-only SAN=address unit
ubsan: ## the unit tests under UndefinedBehaviorSanitizer
	+@$(SUBMAKE) BUILD=build/ubsan SAN=undefined unit
tsan: ## the unit tests under ThreadSanitizer
	+@$(SUBMAKE) $(TSAN) unit
format: deps ## format C and Python in place
	@tests/checks/lint.sh --fix clang-format
	@tests/checks/lint.sh --fix ruff
