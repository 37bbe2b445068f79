# The golden stores of tests/golden: written anew and compared, and read by the independent reader.
CHECK_CLIENTS += golden
.PHONY: golden
golden: $(call programs,tests/golden) ## golden files: same bytes from format/, same dump from spec_reader.py
	@tests/golden/check.sh $(BUILD) build/venv/bin/python
