# The assembler reads these, so the compiler does not list them.
$(BUILD)/httpd/embedded.o: $(wildcard httpd/pages/*)
