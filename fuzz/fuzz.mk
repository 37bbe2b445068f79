# Fuzz targets: fuzz/<target>.c, each with seeds in fuzz/corpus/<target>/.
#   make fuzz TIME=600   runs each for its share of TIME seconds (clang, libFuzzer, ASan, UBSan)
#   make fuzz-replay     runs each over its seeds, with any compiler
# Inputs that crash are left in build/fuzz/; give them a name that describes them and commit them as seeds.
TIME ?= 60
FUZZ_BUILD := build/fuzz
FUZZ_TARGETS := $(patsubst fuzz/%.c,%,$(filter-out fuzz/replay_main.c,$(call sources,fuzz)))
CHECK_C += fuzz-replay
# What makes files and rows for targets that need them, and guards their memory.
FUZZ_SUPPORT := $(patsubst %,$(BUILD)/tests/support/%.o,damage_guard filter_print pack_image part_walk row_source \
	run_dir section_image sections_mend)
FUZZ_ROOMS := $(foreach r,httpd extra,$(call archive,$(r))) $(ARCHIVES)
FUZZ_LINK = $(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_HTTPD) $(LIBS_EXTRA) $(LIBS_ALL)

$(FUZZ_TARGETS:%=$(BUILD)/fuzz/replay_%): $(BUILD)/fuzz/replay_%: $(BUILD)/fuzz/%.o \
		$(BUILD)/fuzz/replay_main.o $(FUZZ_SUPPORT) $(FUZZ_ROOMS)
	$(call brief,ld)$(FUZZ_LINK)

$(FUZZ_TARGETS:%=$(BUILD)/fuzz/engine_%): $(BUILD)/fuzz/engine_%: $(BUILD)/fuzz/%.o $(FUZZ_SUPPORT) \
		$(FUZZ_ROOMS)
	$(call brief,ld)$(FUZZ_LINK) -fsanitize=fuzzer

.PHONY: fuzz fuzz-replay fuzz-engines
fuzz-engines: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/engine_%)

fuzz-replay: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/replay_%) ## each fuzz target over its seeds
	@passed=0; failed=0; for t in $(FUZZ_TARGETS); do \
		if $(BUILD)/fuzz/replay_$$t fuzz/corpus/$$t; then passed=$$((passed + 1)); \
		else failed=$$((failed + 1)); echo "fuzz/corpus/$$t: failed"; fi; \
	done; echo "$$passed passed, $$failed failed"; [ $$failed -eq 0 ]

fuzz: ## TIME=600: search for inputs that break a promise (clang)
	+@$(SUBMAKE) BUILD=$(FUZZ_BUILD) CC=clang SAN=fuzzer-no-link,address,undefined fuzz-engines
	@passed=0; failed=0; for t in $(FUZZ_TARGETS); do \
		mkdir -p $(FUZZ_BUILD)/corpus/$$t; \
		if $(FUZZ_BUILD)/fuzz/engine_$$t -max_total_time=$$(($(TIME) / $(words $(FUZZ_TARGETS)))) \
			-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
			-artifact_prefix=$(FUZZ_BUILD)/$$t- $(FUZZ_BUILD)/corpus/$$t fuzz/corpus/$$t; \
		then passed=$$((passed + 1)); else failed=$$((failed + 1)); echo "fuzz/$$t.c: failed"; fi; \
	done; echo "$$passed passed, $$failed failed"; [ $$failed -eq 0 ]
