/* Runs a fuzz target over files, without a fuzzing engine: replay FILE|DIRECTORY... Each input ends
 * against an unreadable page. Prints how many there were. */
#include "fuzz/fuzz.h"
#include "tests/support/damage_guard.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void run(const uint8_t *bytes, size_t len)
{
    uint8_t *guarded = oat_damage_guard(bytes, len);
    LLVMFuzzerTestOneInput(guarded, len);
    oat_damage_guard_free(guarded, len);
}

static int replay_file(const char *path)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (!f || fstat(fileno(f), &st) != 0) {
        perror(path);
        if (f)
            fclose(f);
        return -1;
    }
    size_t len = (size_t)st.st_size;
    uint8_t *bytes = malloc(len + 1);
    int result = bytes && fread(bytes, 1, len, f) == len ? 0 : -1;
    fclose(f);
    if (result == 0)
        run(bytes, len);
    free(bytes);
    return result;
}

/* Returns how many files were replayed, or -1. */
static int replay(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return replay_file(path) == 0 ? 1 : -1;
    int count = 0;
    for (struct dirent *e; (e = readdir(dir)) && count >= 0;) {
        char full[4096];
        if (e->d_name[0] == '.')
            continue;
        snprintf(full, sizeof full, "%s/%s", path, e->d_name);
        count = replay_file(full) == 0 ? count + 1 : -1;
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    run((const uint8_t *)"", 0); /* as fuzzers do first */
    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);
        if (count < 0)
            return 1;
        total += count;
    }
    printf("%s: %d inputs\n", argv[0], total);
    return total == 0;
}
