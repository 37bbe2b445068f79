# The Python package: its extension module, its tests, its benchmark.
#   make python-native   oat/_native.abi3.so, which setup.py puts into the wheel
#   make python-extra    oat/_extra.abi3.so, likewise where there are PCRE2 and libcurl
#   make bench-python    what tracing costs, beside others
#   make python          the package, installed into build/python-venv beside the newest packages it is tested with;
#                        the oldest ones are in build/python-oldest-venv, and in build/python-llama-venv
#                        LlamaIndex, which does not work with the newest openai yet
PYTHON ?= python3
PYTHON_INCLUDE ?= $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')
NATIVE := $(BUILD)/python/_native.abi3.so
PYTHON_EXTRA := $(BUILD)/python/_extra.abi3.so
PYTHON_VENV := build/python-venv
PYTHON_OLDEST_VENV := build/python-oldest-venv
PYTHON_LLAMA_VENV := build/python-llama-venv
PYTHON_PACKAGE := $(NATIVE) $(PYTHON_EXTRA) $(wildcard python/oat/*.py python/oat/*.pyi python/oat/*/*.py) python/setup.py python/pyproject.toml

$(foreach d,native extra,$(call objects,python/$d)): private CPPFLAGS_ALL += -isystem $(PYTHON_INCLUDE)
$(NATIVE): $(call objects,python/native) $(foreach r,ingest export reader indexer $(ROOMS_LIB),$(call archive,$(r)))
	@mkdir -p $(@D)
	$(call brief,ld)$(CC) -shared $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ALL)
$(PYTHON_EXTRA): $(call objects,python/extra) $(BUILD)/python/native/state.o $(foreach r,extra ship,$(call archive,$r)) \
		$(ARCHIVES)
	@mkdir -p $(@D)
	$(call brief,ld)$(CC) -shared $(LDFLAGS_ALL) -o $@ $^ $(LIBS_EXTRA) $(LIBS_ALL)

# What is put into a virtual environment: its requirements, then the package.
PYTHON_BENCH_VENV := build/python-bench-venv
PYTHON_VENVS := $(PYTHON_VENV) $(PYTHON_OLDEST_VENV) $(PYTHON_LLAMA_VENV) $(PYTHON_BENCH_VENV)
$(PYTHON_VENV)/requirements.txt: python/tests/requirements.txt
$(PYTHON_OLDEST_VENV)/requirements.txt: python/tests/requirements_oldest.txt
$(PYTHON_LLAMA_VENV)/requirements.txt: python/tests/requirements_llama_index.txt
$(PYTHON_BENCH_VENV)/requirements.txt: bench/python_requirements.txt
$(PYTHON_VENVS:%=%/requirements.txt):
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@cp $< $@
$(PYTHON_VENVS:%=%/oat-installed): %/oat-installed: $(PYTHON_PACKAGE) %/requirements.txt
	@OAT_NATIVE=$(abspath $(dir $(NATIVE))) $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-index \
		--no-deps --no-build-isolation --force-reinstall ./python
	@touch $@

crash-python: python all ## kill -9 of a Python agent at random moments: ROUNDS=200
	@CRASH_ROUNDS=$(or $(ROUNDS),200) PYTEST_PYTHON=$(PYTHON_VENV)/bin/python tests/run_pytest.sh python/tests/test_crash.py
# What is tested with the oldest versions of other packages, too.
PACKAGE_TESTS := anthropic langchain llama_index openai openai_agents opentelemetry providers

# The interpreter is not built with the sanitizers: it has to load them first, and to leave memory to malloc.
ASAN_PACKAGE := build/asan/python-package
ASAN_TESTS := capture config context opentelemetry store trace # those that start no other programs
asan-python: python all ## the tests of the extension module under ASan and UBSan
	+@$(SUBMAKE) $(ASAN) python-native python-extra
	@rm -rf $(ASAN_PACKAGE) && mkdir -p $(ASAN_PACKAGE)
	@cp -r $(PYTHON_VENV)/lib/python3*/site-packages/oat $(ASAN_PACKAGE)
	@cp build/asan/python/*.abi3.so $(ASAN_PACKAGE)/oat
	@LD_PRELOAD="$(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libubsan.so)" \
		ASAN_OPTIONS=$(ASAN_OPTIONS):detect_leaks=0 PYTHONMALLOC=malloc PYTHONPATH=$(abspath $(ASAN_PACKAGE)) \
		PYTEST_PYTHON=$(PYTHON_VENV)/bin/python tests/run_pytest.sh $(ASAN_TESTS:%=python/tests/test_%.py)

.PHONY: asan-python python-native python-extra python python-test python-test-oldest python-test-llama crash-python bench-python
python-native: $(NATIVE)
python-extra: $(PYTHON_EXTRA)
python: $(PYTHON_VENV)/oat-installed ## the Python package, into build/python-venv
python-test: python all
	@PYTEST_PYTHON=$(PYTHON_VENV)/bin/python tests/run_pytest.sh \
		$(sort $(filter-out %/test_llama_index.py,$(wildcard python/tests/test_*.py)))
python-test-llama: $(PYTHON_LLAMA_VENV)/oat-installed all
	@PYTEST_PYTHON=$(PYTHON_LLAMA_VENV)/bin/python tests/run_pytest.sh \
		$(foreach t,llama_index openai,python/tests/test_$t.py)
python-test-oldest: $(PYTHON_OLDEST_VENV)/oat-installed all
	@PYTEST_PYTHON=$(PYTHON_OLDEST_VENV)/bin/python tests/run_pytest.sh $(PACKAGE_TESTS:%=python/tests/test_%.py)
bench-python: $(PYTHON_BENCH_VENV)/oat-installed ## what tracing adds to a Python call, beside others; memory over SPANS=1e7
	@$(<D)/bin/python -B bench/python_overhead.py
	@$(<D)/bin/python -B bench/python_overhead.py --memory $(if $(filter command line,$(origin SPANS)),$(SPANS),1e7)
CHECK_CLIENTS += python-test python-test-oldest python-test-llama
