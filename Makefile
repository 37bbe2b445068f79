# OpenAgentTrace. Targets people use: demo, check, all, lib, install, bench, fuzz, asan, ubsan, tsan,
# model, crash, format, lint, check-layers, clean. `make help` lists them.
.DEFAULT_GOAL := all
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

BUILD ?= build/release
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
OPT ?= -O2 -g
WERROR ?=
SAN ?=
PREFIX ?= /usr/local

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wcast-qual -Wformat=2 -Wvla -Wundef -Wpointer-arith -Wwrite-strings
CPPFLAGS_ALL := -D_GNU_SOURCE -I. -Iinclude $(CPPFLAGS)
CFLAGS_ALL := -std=c11 $(OPT) $(WARN) $(WERROR) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) \
	-fvisibility=hidden -fPIC -ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
LDFLAGS_ALL := $(if $(SAN),-fsanitize=$(SAN)) -Wl,--build-id=none $(LDFLAGS)

# ---- Rooms ----------------------------------------------------------------------------------
ROOMS := format writer indexer reader ingest export
sources = $(sort $(wildcard $(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))
archive = $(BUILD)/$(1)/$(1).a

LIBS_FORMAT := -llz4 -lxxhash
LIBS_INGEST := -ljansson
LIBS_HTTPD := -levent_core -levent_extra -levent_pthreads
LIBS_TEST := -lcmocka

# Above comes before below, as the linker wants it.
ARCHIVES := $(foreach r,ingest export reader indexer writer format,$(call archive,$(r)))
LIBS_ALL := $(LIBS_INGEST) $(LIBS_FORMAT) -lpthread -lm

define room_rule
$(call archive,$(1)): $(call objects,$(1))
	@mkdir -p $$(@D) && rm -f $$@
	@$$(AR) rcsD $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# ---- Libraries and programs -------------------------------------------------------------------
LIB_OBJECTS := $(call objects,format) $(call objects,writer)
READER_OBJECTS := $(call objects,format) $(call objects,indexer) $(call objects,reader)
SOVERSION := 0

$(BUILD)/liboat.a: $(LIB_OBJECTS)
$(BUILD)/liboat-reader.a: $(READER_OBJECTS)
$(BUILD)/liboat.a $(BUILD)/liboat-reader.a:
	@rm -f $@
	$(AR) rcsD $@ $^
$(BUILD)/liboat.so.$(SOVERSION): $(LIB_OBJECTS)
$(BUILD)/liboat-reader.so.$(SOVERSION): $(READER_OBJECTS)
$(BUILD)/liboat.so.$(SOVERSION) $(BUILD)/liboat-reader.so.$(SOVERSION):
	$(CC) -shared -Wl,-soname,$(@F) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_FORMAT) -lpthread -lm

$(BUILD)/oat: $(call objects,cli) $(ARCHIVES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ALL)
$(BUILD)/oat-httpd: $(call objects,httpd) $(ARCHIVES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_HTTPD) $(LIBS_ALL)

LIBRARIES := $(BUILD)/liboat.a $(BUILD)/liboat-reader.a $(BUILD)/liboat.so.$(SOVERSION) \
	$(BUILD)/liboat-reader.so.$(SOVERSION)
PROGRAMS := $(if $(call sources,cli),$(BUILD)/oat) $(if $(call sources,httpd),$(BUILD)/oat-httpd)

.PHONY: all lib
lib: $(LIBRARIES)
all: lib $(PROGRAMS)

# ---- Examples, tests, benches: one program a file ------------------------------------------------
PROGRAM_DIRS := examples tests/unit tests/model tests/crash tests/golden bench
ONE_FILE := $(foreach d,$(PROGRAM_DIRS),$(patsubst %.c,$(BUILD)/%,$(call sources,$(d))))
EXTRA_LIBS_examples := -lsqlite3 $(LIBS_HTTPD)
EXTRA_LIBS_bench := -lsqlite3

define one_file_rule
$(BUILD)/$(1)/%: $(BUILD)/$(1)/%.o $(call objects,tests/support) $(ARCHIVES)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(EXTRA_LIBS_$(firstword $(subst /, ,$(1)))) $(if $(filter tests/%,$(1)),$(LIBS_TEST)) $$(LIBS_ALL)
endef
$(foreach d,$(PROGRAM_DIRS),$(eval $(call one_file_rule,$(d))))
.SECONDARY:

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(call sources,tests/unit))
.PHONY: unit
unit: $(UNIT_TESTS)
	@tests/run_unit.sh $(UNIT_TESTS)

-include tests/tests.mk

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
