/* Numbers with units, for people. */
#ifndef OAT_CLI_UNITS_H
#define OAT_CLI_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#define OAT_UNIT_SIZE 32

/* Each writes a short text: "812ns" "3.2ms" "1.24s" "2m05s" "3h07m" "2d04h"; "980" "12.3k" "4.5M";
 * "$0.0015" "$12.40"; "512 B" "1.2 kB". */
const char *oat_duration_text(uint64_t ns, char ret[OAT_UNIT_SIZE]);
const char *oat_count_text(uint64_t count, char ret[OAT_UNIT_SIZE]);
const char *oat_cost_text(int64_t nano_usd, char ret[OAT_UNIT_SIZE]);
const char *oat_bytes_text(uint64_t bytes, char ret[OAT_UNIT_SIZE]);

/* "1 trace", "2 traces": the noun in the singular. */
const char *oat_amount_text(uint64_t count, const char *noun, char ret[OAT_UNIT_SIZE]);

/* Local time: "11-22 16:38", or with `whole` "2026-11-22 16:38:57.123". */
const char *oat_time_text(uint64_t ns, bool whole, char ret[OAT_UNIT_SIZE]);

#endif
