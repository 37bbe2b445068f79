/* tracer.yaml: any text is taken, or what is wrong is told with file, line and column; numbers stay in their
 * bounds. */
#include "fuzz/fuzz.h"

#include "config/owned.h"
#include "config/tracer_yaml.h"

#include "oat/oat.h"

#include <stdio.h>

#define PATH "/etc/tracer.yaml"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char wrong[OAT_CONFIG_WRONG_SIZE];
    unsigned line, column;
    oat_config config;
    oat_config_init(&config);
    config.owned = calloc(1, sizeof *config.owned);
    if (!config.owned)
        return 0;
    int result = oat_tracer_yaml_read(&config, PATH, (const char *)data, size, wrong);
    if (result == OAT_E_INVALID) {
        fuzz_require(sscanf(wrong, PATH ":%u:%u: ", &line, &column) == 2);
        fuzz_require(line > 0 && column > 0);
    } else {
        fuzz_require(*wrong == '\0');
    }
    fuzz_require(config.sampling_rate >= 0 && config.sampling_rate <= 1);
    for (size_t i = 0; i < config.price_count; i++)
        fuzz_require(config.prices[i].model && config.prices[i].input >= 0 && config.prices[i].input <= 1e6);
    for (size_t i = 0; i < config.target_count; i++)
        fuzz_require(config.targets[i].module && config.targets[i].function);
    oat_config_free(&config);
    return 0;
}
