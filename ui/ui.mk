# The dashboard. It is built once for all kinds of build, where Node is; without Node the daemon is built
# all the same and says what is missing.
# UI=no leaves it out.
UI ?= $(shell tests/checks/deps.sh has node)
UI_SOURCES := $(shell find ui/src ui/public ui/scripts -type f ! -name icons.gen.ts) \
	$(addprefix ui/,index.html package.json package-lock.json tsconfig.json vite.config.ts)
UI_FILES := $(if $(filter yes,$(UI)),build/ui/.built)
NODE_MODULES := ui/node_modules/.package-lock.json

$(NODE_MODULES): ui/package.json ui/package-lock.json
	$(call brief,npm)cd ui && npm ci --silent --no-progress 2>&1
	@touch $@
build/ui/.built: $(UI_SOURCES) $(NODE_MODULES)
	$(call brief,vite)cd ui && npm run --silent build -- --outDir ../build/ui --emptyOutDir --logLevel warn
	@touch $@

# In the room's archive, so that whatever links the room has it.
$(BUILD)/httpd/ui_files.gen.c: httpd/embed_ui.sh $(UI_FILES)
	@mkdir -p $(@D)
	@httpd/embed_ui.sh $(if $(UI_FILES),build/ui) >$@
$(BUILD)/httpd/ui_files.gen.o: $(BUILD)/httpd/ui_files.gen.c $(BUILD)/.flags
	$(call brief,cc)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(call archive,httpd): $(BUILD)/httpd/ui_files.gen.o

.PHONY: ui ui-lint ui-unit ui-pages
ui: $(UI_FILES) ## the dashboard alone
ui-lint: $(NODE_MODULES)
	@cd ui && npm run --silent lint
ui-unit: $(NODE_MODULES)
	@ui/run_vitest.sh vitest.config.ts
.PHONY: screenshots
screenshots: all $(BUILD)/examples/demo_data $(BUILD)/examples/agent $(NODE_MODULES) ## a picture of every page of the dashboard
	@ui/run_vitest.sh vitest.shots.config.ts
.PHONY: pictures
pictures: all $(BUILD)/examples/demo_data $(BUILD)/examples/agent $(NODE_MODULES) ## the screenshots of docs/
	@PICTURES=1 ui/run_vitest.sh vitest.shots.config.ts
ui-pages: all $(BUILD)/examples/demo_data $(BUILD)/examples/agent $(NODE_MODULES) ## every page, in Chromium
	@ui/run_vitest.sh vitest.e2e.config.ts
# SPANS=3.2e7 is a million traces.
.PHONY: bench-ui
bench-ui: all $(BUILD)/examples/agent $(BUILD)/bench/generate $(NODE_MODULES) ## SPANS=3.2e7: how fast the dashboard is, each figure beside its target
	@SPANS=$(if $(filter command line,$(origin SPANS)),$(SPANS),3.2e7) ui/run_vitest.sh vitest.bench.config.ts
