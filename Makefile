# OpenAgentTrace. `make help` lists the targets that people use.
.DEFAULT_GOAL := all
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:

BUILD ?= build/release
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin AR),default)
AR := ar
endif
OPT ?= -O2 -g
WERROR ?=
SAN ?=
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := $(shell sed -n 's/^.define OAT_VERSION "\(.*\)"/\1/p' include/oat/oat.h)
SOVERSION := 0

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wcast-qual -Wformat=2 -Wvla -Wundef -Wpointer-arith -Wwrite-strings
SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# GCC would copy and clear structs by string instructions, which take longer to begin than the C library's functions
# to be done; other compilers and machines do not know the option.
STRINGS := $(shell $(CC) -Werror -mstringop-strategy=libcall -fsyntax-only -x c /dev/null 2>/dev/null && \
	echo -mstringop-strategy=libcall)
CPPFLAGS_ALL := -D_GNU_SOURCE -I. -Iinclude $(CPPFLAGS)
CFLAGS_ALL := -std=c11 $(OPT) $(WARN) $(WERROR) $(SAN_FLAGS) $(STRINGS) -fvisibility=hidden -fPIC \
	-ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
LDFLAGS_ALL := $(SAN_FLAGS) -Wl,--build-id=none $(LDFLAGS)
# A line for each thing that is made; V=1 shows the whole command.
brief = $(if $(V),,@echo '  $(1) $@'; )
# A sub-make uses all processors unless the user has said how many.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

# ---- Rooms: one archive each -------------------------------------------------------------------
# Above comes before below, as the linker wants it. First those of liboat.
ROOMS_LIB := writer pricing redact media config format
ROOMS := $(ROOMS_LIB) access indexer reader compactor ingest export extra ship httpd
sources = $(sort $(wildcard $(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1))) $(patsubst %,$(BUILD)/$(1)/%.o,$(MADE_$(1)))
# Sources that the build makes.
MADE_pricing := price_data
archive = $(BUILD)/$(1)/$(1).a
# A program's room is what its tests link: all but main.c.
main_object = $(BUILD)/$(1)/main.o

LIBS_FORMAT := -llz4 -lxxhash
LIBS_CONFIG := -lyaml
LIBS_INGEST := -lz
LIBS_ACCESS := -lcrypto
LIBS_SHIP := -lcurl
LIBS_EXTRA := -lpcre2-8 -lcurl
LIBS_HTTPD := -Wl,--as-needed -lcurl -lnghttp2 -levent_core -levent_extra -levent_openssl -lssl -lwslay $(LIBS_ACCESS)
LIBS_TEST := -lcmocka -ljansson

ARCHIVES := $(foreach r,compactor ingest export access reader indexer $(ROOMS_LIB),$(call archive,$(r)))
LIBS_ALL := $(LIBS_INGEST) $(LIBS_CONFIG) $(LIBS_FORMAT) -lpthread -lm

define room_rule
$(call archive,$(1)): $(filter-out $(call main_object,$(1)),$(call objects,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@$$(AR) rcsD $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

# Objects depend on the flags that made them, and a missing header is named before gcc trips on it:
# lib is what the libraries need, all what the programs need besides, and so on.
HEADERS_OF = $(or $(if $(filter $(ROOMS_LIB:%=%/%) indexer/% reader/% export/% data/%,$(1)),lib), \
	$(if $(filter ingest/% python/native/%,$(1)),python), $(if $(filter extra/% ship/% python/extra/%,$(1)),extra), \
	$(if $(filter examples/% bench/%,$(1)),examples),$(if $(filter tests/%,$(1)),check),all)

.SECONDEXPANSION:
$(BUILD)/%.o: %.c $(BUILD)/.flags | $(BUILD)/.headers-$$(call HEADERS_OF,$$*)
	@mkdir -p $(@D)
	$(call brief,cc)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

FLAGS_NOW = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
$(BUILD)/.flags: ALWAYS
	@mkdir -p $(@D)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@
$(BUILD)/.headers-%:
	@CC='$(CC)' tests/checks/deps.sh headers $*
	@mkdir -p $(@D) && touch $@
.PHONY: ALWAYS

# ---- The table of prices: data/prices.yaml, in the library ------------------------------------
EMBED_PRICES := $(BUILD)/data/embed_prices
$(EMBED_PRICES): $(patsubst %,$(BUILD)/%.o,data/embed_prices pricing/price_yaml pricing/price_table format/day)
	$(call brief,ld)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_CONFIG)
$(BUILD)/pricing/price_data.c: data/prices.yaml $(EMBED_PRICES)
	@mkdir -p $(@D)
	@$(EMBED_PRICES) $< >$@
# Without -g, which would put the path of the build into it.
$(BUILD)/pricing/price_data.o: $(BUILD)/pricing/price_data.c pricing/price_table.h $(BUILD)/.flags
	$(call brief,cc)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -g0 -c -o $@ $<

# ---- Libraries and programs --------------------------------------------------------------------
LIB_OBJECTS := $(foreach r,$(ROOMS_LIB),$(call objects,$(r)))
READER_OBJECTS := $(call objects,format) $(call objects,indexer) $(call objects,reader)
SHARED := $(BUILD)/liboat.so $(BUILD)/liboat-reader.so
# What a program that was linked against the build tree asks for when it starts.
SONAMES := $(SHARED:%=%.$(SOVERSION))
STATIC := $(BUILD)/liboat.a $(BUILD)/liboat-reader.a
# What needs more libraries than those.
EXTRA := $(BUILD)/liboat-extra.a $(BUILD)/liboat-extra.so $(BUILD)/liboat-extra.so.$(SOVERSION)
LIBRARIES := $(STATIC) $(SHARED) $(EXTRA)
PROGRAMS := $(strip $(if $(call sources,cli),$(BUILD)/oat) $(if $(call sources,httpd),$(BUILD)/oat-httpd) \
	$(if $(call sources,compactor),$(BUILD)/oat-compact))

$(BUILD)/liboat.a $(BUILD)/liboat.so: $(LIB_OBJECTS)
$(BUILD)/liboat-reader.a $(BUILD)/liboat-reader.so: $(READER_OBJECTS)
$(filter %.a,$(LIBRARIES)):
	@rm -f $@
	$(call brief,ar)$(AR) rcsD $@ $^
$(filter %.so,$(LIBRARIES)):
	$(call brief,ld)$(CC) -shared -Wl,-soname,$(@F).$(SOVERSION) $(if $(SAN),,-Wl,-z,defs) $(LDFLAGS_ALL) -o $@ $^ \
		$(LIBS_ROOMS) $(LIBS_FORMAT) -lpthread -lm
$(BUILD)/liboat.so: LIBS_ROOMS := $(LIBS_CONFIG)
# It calls public functions of liboat, which stands first so that these are not taken from an archive; of the rooms
# it has what it needs, to itself.
EXTRA_ROOMS := $(foreach r,export reader indexer writer pricing config format,$(call archive,$(r)))
$(BUILD)/liboat-extra.a $(BUILD)/liboat-extra.so: $(call objects,extra) $(call objects,ship)
$(BUILD)/liboat-extra.a: $(call objects,export)
$(BUILD)/liboat-extra.so: LIBS_ROOMS := -L$(BUILD) -loat $(EXTRA_ROOMS) -Wl,--exclude-libs,ALL $(LIBS_EXTRA) $(LIBS_CONFIG)
$(BUILD)/liboat-extra.so: | $(BUILD)/liboat.so $(EXTRA_ROOMS)
$(SONAMES) $(BUILD)/liboat-extra.so.$(SOVERSION): %.$(SOVERSION): %
	@ln -sf $(<F) $@

$(BUILD)/oat: $(call objects,cli) $(call archive,ship) $(ARCHIVES)
	$(call brief,ld)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ACCESS) $(LIBS_SHIP) $(LIBS_ALL)
$(BUILD)/oat-compact: $(call main_object,compactor) $(ARCHIVES)
	$(call brief,ld)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ALL)
$(BUILD)/oat-httpd: $(call main_object,httpd) $(call archive,httpd) $(ARCHIVES)
	$(call brief,ld)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_HTTPD) $(LIBS_ALL)

.PHONY: all lib clean help
all: lib $(EXTRA) $(PROGRAMS) ## libraries and programs (the default)
lib: $(STATIC) $(SHARED) $(SONAMES) ## the libraries alone: needs lz4, xxhash and yaml
clean: ## remove everything that was built
	rm -rf build
help: ## this list
	@awk '/^[a-z-]+:.*## / { name = $$1; sub(/:.*/, "", name); sub(/.*## /, ""); \
		printf "  %-14s %s\n", name, $$0 }' \
		$(MAKEFILE_LIST)

# ---- Installing --------------------------------------------------------------------------------
.PHONY: install
install: all ## PREFIX=/usr/local DESTDIR=: libraries, headers, pkg-config files, programs
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib/pkgconfig include/oat)
	install -m 644 $(filter %.a,$(LIBRARIES)) $(DESTDIR)$(PREFIX)/lib
	install -m 644 $(wildcard include/oat/*.h) $(DESTDIR)$(PREFIX)/include/oat
	$(if $(PROGRAMS),install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin)
	@set -e; for so in $(notdir $(filter %.so,$(LIBRARIES))); do \
		install -m 644 $(BUILD)/$$so $(DESTDIR)$(PREFIX)/lib/$$so.$(VERSION); \
		ln -sf $$so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/$$so.$(SOVERSION); \
		ln -sf $$so.$(SOVERSION) $(DESTDIR)$(PREFIX)/lib/$$so; \
		sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' dist/$${so%.so}.pc.in \
			>$(DESTDIR)$(PREFIX)/lib/pkgconfig/$${so%.so}.pc; \
	done
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	@set -e; for unit in $(notdir $(wildcard dist/*.service dist/*.socket dist/*.timer)); do \
		sed 's|@PREFIX@|$(PREFIX)|' dist/$$unit >$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit; \
	done

# ---- Examples, tests, benches: one program a file ----------------------------------------------
PROGRAM_DIRS := examples tests/unit tests/model tests/crash tests/golden tests/cli bench
programs = $(patsubst %.c,$(BUILD)/%,$(call sources,$(1)))
EXTRA_LIBS_examples := -ljansson -lsqlite3 $(LIBS_HTTPD)
EXTRA_LIBS_bench := -Wl,--as-needed -lsqlite3 -levent_core -levent_extra
EXTRA_LIBS_tests := $(LIBS_HTTPD) $(LIBS_SHIP) $(LIBS_EXTRA)

# What a program of the folder links besides the rooms.
support_of = $(if $(filter tests/%,$(1)),$(call objects,tests/support) $(foreach r,httpd extra ship,$(call archive,$(r))),$(call objects,$(1)/support))

define one_file_rule
$(call programs,$(1)): $(BUILD)/$(1)/%: $(BUILD)/$(1)/%.o $(call support_of,$(1)) $(ARCHIVES)
	$$(call brief,ld)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$(filter-out %.a,$$^) $$(filter %.a,$$^) $$(EXTRA_LIBS_$(firstword $(subst /, ,$(1)))) \
		$(if $(filter tests/%,$(1)),$(LIBS_TEST)) $$(LIBS_ALL)
endef
$(foreach d,$(PROGRAM_DIRS),$(eval $(call one_file_rule,$(d))))
# An example longer than a file has its other files in a folder: examples/agent_parts.
$(foreach p,$(call programs,examples),$(eval $(p): $(call objects,examples/$(notdir $(p))_parts)))

.PHONY: deps demo examples bench
deps: ## install what is missing for everything below (apt; Python packages into build/venv)
	@CC='$(CC)' tests/checks/deps.sh install check
examples: $(call programs,examples)
demo: ## build, make a day of traces, show them
	@CC='$(CC)' tests/checks/deps.sh install examples
	+@$(SUBMAKE) all examples
	@BUILD='$(BUILD)' PORT='$(PORT)' examples/demo.sh
# Programs of bench/ that others run: bench/bench.mk.
BENCH_TOOLS := $(patsubst %,$(BUILD)/bench/%,bare_http generate generate_text ingest_http live load_http pack_size \
	query_store)
BENCHES := $(filter-out $(BENCH_TOOLS),$(call programs,bench))
bench: $(BENCHES) ## the benchmarks, one after the other
	@set -e; for program in $(BENCHES); do $$program; done

include tests/tests.mk
# Parts with rules of their own: fuzz/fuzz.mk, tests/model/model.mk ... (DEVELOPERS.md, Adding a check).
-include $(filter-out tests/tests.mk,$(sort $(wildcard */*.mk tests/*/*.mk)))
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
