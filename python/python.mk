# The Python package: its extension module, its tests, its benchmark.
#   make python-native   oat/_native.abi3.so, which setup.py puts into the wheel
#   make python          the package, installed into build/python-venv beside the clients it is tested with
PYTHON ?= python3
PYTHON_INCLUDE ?= $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')
NATIVE := $(BUILD)/python/_native.abi3.so
PYTHON_VENV := build/python-venv
PYTHON_PACKAGE := $(wildcard python/oat/*.py python/oat/*.pyi python/oat/*/*.py) python/setup.py python/pyproject.toml

$(call objects,python/native): private CPPFLAGS_ALL += -isystem $(PYTHON_INCLUDE)
$(NATIVE): $(call objects,python/native) $(foreach r,export reader indexer writer format,$(call archive,$(r)))
	@mkdir -p $(@D)
	$(call brief,ld)$(CC) -shared $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ALL)

$(PYTHON_VENV)/requirements.txt: python/tests/requirements.txt
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@cp $< $@
$(PYTHON_VENV)/oat-installed: $(NATIVE) $(PYTHON_PACKAGE) $(PYTHON_VENV)/requirements.txt
	@OAT_NATIVE=$(abspath $(NATIVE)) $(PYTHON_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation \
		--no-index --force-reinstall ./python
	@touch $@

.PHONY: python-native python python-test
python-native: $(NATIVE)
python: $(PYTHON_VENV)/oat-installed ## the Python package, into build/python-venv
python-test: python all
	@PYTEST_PYTHON=$(PYTHON_VENV)/bin/python tests/run_pytest.sh $(sort $(wildcard python/tests/test_*.py))
CHECK_CLIENTS += python-test
