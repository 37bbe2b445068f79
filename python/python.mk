# The Python package: its extension module, its tests, its benchmark.
#   make python-native   oat/_native.abi3.so, which setup.py puts into the wheel
#   make bench-python    what tracing costs, beside others
#   make python          the package, installed into build/python-venv beside the newest packages it is tested with;
#                        the oldest ones are in build/python-oldest-venv
PYTHON ?= python3
PYTHON_INCLUDE ?= $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')
NATIVE := $(BUILD)/python/_native.abi3.so
PYTHON_VENV := build/python-venv
PYTHON_OLDEST_VENV := build/python-oldest-venv
PYTHON_PACKAGE := $(wildcard python/oat/*.py python/oat/*.pyi python/oat/*/*.py) python/setup.py python/pyproject.toml

$(call objects,python/native): private CPPFLAGS_ALL += -isystem $(PYTHON_INCLUDE)
$(NATIVE): $(call objects,python/native) $(foreach r,ingest export reader indexer writer format,$(call archive,$(r)))
	@mkdir -p $(@D)
	$(call brief,ld)$(CC) -shared $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ALL)

# What is put into a virtual environment: its requirements, then the package.
PYTHON_BENCH_VENV := build/python-bench-venv
PYTHON_VENVS := $(PYTHON_VENV) $(PYTHON_OLDEST_VENV) $(PYTHON_BENCH_VENV)
$(PYTHON_VENV)/requirements.txt: python/tests/requirements.txt
$(PYTHON_OLDEST_VENV)/requirements.txt: python/tests/requirements_oldest.txt
$(PYTHON_BENCH_VENV)/requirements.txt: bench/python_requirements.txt
$(PYTHON_VENVS:%=%/requirements.txt):
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@cp $< $@
$(PYTHON_VENVS:%=%/oat-installed): %/oat-installed: $(NATIVE) $(PYTHON_PACKAGE) %/requirements.txt
	@OAT_NATIVE=$(abspath $(NATIVE)) $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-index \
		--no-deps --no-build-isolation --force-reinstall ./python
	@touch $@

crash-python: python all ## kill -9 of a Python agent at random moments: ROUNDS=200
	@CRASH_ROUNDS=$(or $(ROUNDS),200) PYTEST_PYTHON=$(PYTHON_VENV)/bin/python tests/run_pytest.sh python/tests/test_crash.py
# What is tested with the oldest versions of other packages, too.
PACKAGE_TESTS := anthropic langchain llama_index openai openai_agents opentelemetry providers

.PHONY: python-native python python-test python-test-oldest crash-python bench-python
python-native: $(NATIVE)
python: $(PYTHON_VENV)/oat-installed ## the Python package, into build/python-venv
python-test: python all
	@PYTEST_PYTHON=$(PYTHON_VENV)/bin/python tests/run_pytest.sh $(sort $(wildcard python/tests/test_*.py))
python-test-oldest: $(PYTHON_OLDEST_VENV)/oat-installed all
	@PYTEST_PYTHON=$(PYTHON_OLDEST_VENV)/bin/python tests/run_pytest.sh $(PACKAGE_TESTS:%=python/tests/test_%.py)
bench-python: $(PYTHON_BENCH_VENV)/oat-installed ## what tracing adds to a Python call, beside OpenTelemetry and Langfuse
	@$(<D)/bin/python -B bench/python_overhead.py
CHECK_CLIENTS += python-test python-test-oldest
