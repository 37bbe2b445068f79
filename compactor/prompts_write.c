#include "compactor/prompts_write.h"

#include "compactor/fs.h"
#include "compactor/table_writer.h"
#include "compactor/text_codes.h"
#include "format/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int oat_prompts_lock(const struct oat_store *store, int *ret_fd)
{
    int fd = openat(store->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return OAT_E_IO;
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) {
            oat_fs_close(fd);
            return OAT_E_IO;
        }
    *ret_fd = fd;
    return OAT_OK;
}

void oat_prompts_unlock(int fd)
{
    oat_fs_close(fd);
}

/* ---- Tables ---- */

static const uint16_t version_columns[] = {OAT_COL_PROMPT_NAME, OAT_COL_PROMPT_NUMBER, OAT_COL_PROMPT_TIME,
                                           OAT_COL_PROMPT_WEIGHT, OAT_COL_PROMPT_BODY};
static const uint16_t label_columns[] = {OAT_COL_PROMPT_LABEL_ROW, OAT_COL_PROMPT_LABEL_LABEL,
                                         OAT_COL_PROMPT_LABEL_TIME};

/* Texts of columns on their way to the file. */
struct texts {
    struct oat_text_codes names, bodies, labels;
};

static int write_version(struct oat_table_writer *writer, const struct oat_prompt_version *version,
                         struct texts *texts)
{
    uint32_t name, body;
    int result = oat_text_codes_get(&texts->names, version->name.bytes, version->name.len, &name);
    if (result == OAT_OK)
        result = oat_text_codes_get(&texts->bodies, version->body.bytes, version->body.len, &body);
    if (result != OAT_OK)
        return result;
    oat_table_writer_set(writer, OAT_COL_PROMPT_NAME, name);
    oat_table_writer_set(writer, OAT_COL_PROMPT_NUMBER, version->number);
    oat_table_writer_set(writer, OAT_COL_PROMPT_TIME, version->time_ns);
    oat_table_writer_set(writer, OAT_COL_PROMPT_WEIGHT, version->weight);
    oat_table_writer_set(writer, OAT_COL_PROMPT_BODY, body);
    return oat_table_writer_next(writer);
}

static int write_label(struct oat_table_writer *writer, const struct oat_prompt_label *label,
                       struct texts *texts)
{
    uint32_t code;
    int result = oat_text_codes_get(&texts->labels, label->label.bytes, label->label.len, &code);
    if (result != OAT_OK)
        return result;
    oat_table_writer_set(writer, OAT_COL_PROMPT_LABEL_ROW, label->version);
    oat_table_writer_set(writer, OAT_COL_PROMPT_LABEL_LABEL, code);
    oat_table_writer_set(writer, OAT_COL_PROMPT_LABEL_TIME, label->time_ns);
    return oat_table_writer_next(writer);
}

static int write_versions(struct oat_section_writer *file, const struct oat_prompts *prompts,
                          struct texts *texts)
{
    struct oat_table_writer writer;
    int result = oat_table_writer_open(&writer, file, OAT_TABLE_PROMPTS, version_columns,
                                       sizeof version_columns / sizeof *version_columns);
    if (result != OAT_OK)
        return result;
    for (size_t i = 0; i < prompts->version_count && result == OAT_OK; i++)
        result = write_version(&writer, &prompts->versions[i], texts);
    if (result == OAT_OK)
        result = oat_table_writer_finish(&writer);
    oat_table_writer_close(&writer);
    return result;
}

static int write_labels(struct oat_section_writer *file, const struct oat_prompts *prompts,
                        struct texts *texts)
{
    struct oat_table_writer writer;
    int result = oat_table_writer_open(&writer, file, OAT_TABLE_PROMPT_LABELS, label_columns,
                                       sizeof label_columns / sizeof *label_columns);
    if (result != OAT_OK)
        return result;
    for (size_t i = 0; i < prompts->label_count && result == OAT_OK; i++)
        result = write_label(&writer, &prompts->labels[i], texts);
    if (result == OAT_OK)
        result = oat_table_writer_finish(&writer);
    oat_table_writer_close(&writer);
    return result;
}

static int write_tables(struct oat_section_writer *file, const struct oat_prompts *prompts,
                        struct texts *texts)
{
    int result = write_versions(file, prompts, texts);
    if (result == OAT_OK)
        result = write_labels(file, prompts, texts);
    if (result == OAT_OK)
        result = oat_text_codes_write(&texts->names, file, OAT_TABLE_PROMPTS, OAT_COL_PROMPT_NAME);
    if (result == OAT_OK)
        result = oat_text_codes_write(&texts->bodies, file, OAT_TABLE_PROMPTS, OAT_COL_PROMPT_BODY);
    if (result == OAT_OK)
        result =
            oat_text_codes_write(&texts->labels, file, OAT_TABLE_PROMPT_LABELS, OAT_COL_PROMPT_LABEL_LABEL);
    return result;
}

/* ---- The file ---- */

static int write_file(struct oat_section_writer *file, const struct oat_prompts *prompts)
{
    struct texts texts;
    uint64_t len;
    oat_text_codes_init(&texts.names);
    oat_text_codes_init(&texts.bodies);
    oat_text_codes_init(&texts.labels);
    int result = write_tables(file, prompts, &texts);
    oat_text_codes_clear(&texts.names);
    oat_text_codes_clear(&texts.bodies);
    oat_text_codes_clear(&texts.labels);
    return result == OAT_OK ? oat_section_writer_finish(file, &len) : result;
}

int oat_prompts_write(const struct oat_store *store, const struct oat_prompts *prompts, uint64_t now_ns)
{
    struct oat_section_writer writer;
    const struct oat_section_file file = {
        .magic = OAT_MAGIC_PROMPTS, .day = OAT_NO_DAY, .created_ns = now_ns, .store = &store->header};
    int result = oat_section_writer_open(&writer, store->fd, OAT_PROMPTS_NAME, &file);
    if (result != OAT_OK)
        return result;
    result = write_file(&writer, prompts);
    oat_section_writer_close(&writer);
    return result == OAT_OK ? oat_fs_sync(store->fd) : result;
}
