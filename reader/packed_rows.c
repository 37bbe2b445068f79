#include "reader/packed_rows.h"

#include "format/block_rows.h"
#include "reader/array.h"
#include "reader/assembly_add.h"

#include <stdlib.h>
#include <string.h>

enum column { SOURCE, PLACE, TRACE, START, DURATION, FLAGS, KIND, COST, INPUT, OUTPUT, COLUMNS };

struct oat_packed_batch {
    uint64_t first_ns, last_ns; /* starts of its rows lie between */
    uint32_t rows;
    uint32_t open_rows;
    uint32_t ends[COLUMNS]; /* of the columns' blocks */
    uint8_t blocks[] __attribute__((aligned(8)));
};

/* Several small numbers in one: from the lowest bit on whether it has a parent, whether it counts; its
 * status, its type. */
#define COUNTED_SHIFT 1u
#define STATUS_SHIFT  2u
#define STATUS_MASK   7u
#define TYPE_SHIFT    5u

_Static_assert(OAT_SHOWN_LOST_CONTACT <= STATUS_MASK, "a status fits");

/* ---- Packing ---- */

static uint64_t kind_of(const struct oat_kept_row *row)
{
    bool child = row->away || row->parent != OAT_NO_ROW;
    return (unsigned)child | (unsigned)row->counted << COUNTED_SHIFT | (unsigned)row->status << STATUS_SHIFT |
           (unsigned)row->type << TYPE_SHIFT;
}

static uint64_t number_of(const struct oat_kept_row *row, const struct oat_amounts *amounts,
                          enum column column)
{
    switch (column) {
    case SOURCE:
        return row->source;
    case PLACE:
        return row->place;
    case TRACE:
        return row->trace;
    case START:
        return row->start_ns;
    case DURATION:
        return row->open ? 0 : row->end_ns - row->start_ns;
    case FLAGS:
        return row->flags;
    case KIND:
        return kind_of(row);
    case COST:
        return (uint64_t)amounts->cost_total_nano;
    case INPUT:
        return amounts->input_tokens;
    default:
        return amounts->output_tokens;
    }
}

static size_t pack_column(const struct oat_assembly *s, const struct oat_kept_row *rows, uint32_t count,
                          enum column column, uint8_t *dst)
{
    uint64_t numbers[OAT_BLOCK_ROWS];
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = number_of(&rows[i], &s->amounts[rows[i].amounts], column);
    return oat_block_encode(numbers, count, column, NULL, dst);
}

/* packed: room for the blocks of all columns. */
static struct oat_packed_batch *pack_batch(const struct oat_assembly *s, size_t first, uint32_t count,
                                           uint8_t *packed)
{
    struct oat_packed_batch head = {.first_ns = UINT64_MAX, .rows = count};
    const struct oat_kept_row *rows = s->rows + first;
    uint32_t len = 0;
    for (uint32_t i = 0; i < count; i++) {
        head.first_ns = rows[i].start_ns < head.first_ns ? rows[i].start_ns : head.first_ns;
        head.last_ns = rows[i].start_ns > head.last_ns ? rows[i].start_ns : head.last_ns;
        head.open_rows += rows[i].open;
    }
    for (enum column column = 0; column < COLUMNS; column++) {
        len += (uint32_t)pack_column(s, rows, count, column, packed + len);
        head.ends[column] = len;
    }
    struct oat_packed_batch *batch = malloc(sizeof *batch + len);
    if (!batch)
        return NULL;
    *batch = head;
    memcpy(batch->blocks, packed, len);
    return batch;
}

static int pack_rows(const struct oat_assembly *built, struct oat_assembly *packed)
{
    size_t batches = (built->row_count + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS;
    uint8_t *blocks = malloc(COLUMNS * OAT_BLOCK_SIZE_MAX);
    bool fits = oat_array_fit(&packed->packed, packed->packed_count + batches, &packed->packed_capacity,
                              sizeof(struct oat_packed_batch *));
    int result = blocks && fits ? OAT_OK : OAT_E_NOMEM;
    for (size_t first = 0; first < built->row_count && result == OAT_OK; first += OAT_BLOCK_ROWS) {
        size_t left = built->row_count - first;
        uint32_t count = left < OAT_BLOCK_ROWS ? (uint32_t)left : OAT_BLOCK_ROWS;
        struct oat_packed_batch *batch = pack_batch(built, first, count, blocks);
        if (batch)
            packed->packed[packed->packed_count++] = batch;
        result = batch ? OAT_OK : OAT_E_NOMEM;
    }
    free(blocks);
    return result;
}

int oat_assembly_pack(struct oat_assembly *packed, struct oat_assembly *built)
{
    size_t first_row = packed->packed_count * OAT_BLOCK_ROWS;
    uint32_t first_trace = (uint32_t)packed->trace_count;
    if (built->trace_count == 0)
        return OAT_OK;
    for (size_t i = 0; i < built->trace_count; i++) {
        built->traces[i].first_row += first_row;
        built->traces[i].mark_count = 0;
    }
    for (size_t i = 0; i < built->row_count; i++)
        built->rows[i].trace += first_trace;
    int result = pack_rows(built, packed);
    if (result == OAT_OK)
        result = oat_assembly_add_traces(packed, built->traces, built->trace_count);
    oat_assembly_free(built);
    return result;
}

void oat_assembly_pack_end(struct oat_assembly *packed)
{
    struct oat_trace_info *traces = realloc(packed->traces, (packed->trace_count + 1) * sizeof *traces);
    if (traces) {
        packed->traces = traces;
        packed->trace_capacity = packed->trace_count + 1;
    }
    free(packed->by_id);
    packed->by_id = NULL;
}

uint32_t oat_packed_rows(const struct oat_packed_batch *batch)
{
    return batch->rows;
}

/* ---- Unpacking ---- */

static struct oat_block open_block(const struct oat_packed_batch *batch, unsigned column)
{
    uint32_t first = column == 0 ? 0 : batch->ends[column - 1];
    struct oat_block block = {0};
    const char *what;
    oat_block_open(batch->blocks + first, batch->ends[column] - first, batch->rows, NULL, 0, false, &block,
                   &what); /* which does not fail: it was made here */
    return block;
}

bool oat_packed_fill64(const struct oat_packed_batch *batch, enum oat_vector vector, uint64_t *dst)
{
    enum column column = vector == OAT_VECTOR_START ? START : vector == OAT_VECTOR_DURATION ? DURATION : COST;
    if (column == COST && vector != OAT_VECTOR_COST)
        return false;
    struct oat_block block = open_block(batch, column);
    oat_block_decode64(&block, dst);
    memset(dst + batch->rows, 0, (OAT_BLOCK_ROWS - batch->rows) * sizeof *dst);
    return true;
}

/* Where a vector is, and which bits of it. False: nowhere. */
static bool find_vector(enum oat_vector vector, enum column *ret_column, unsigned *ret_shift,
                        uint32_t *ret_mask)
{
    *ret_column = KIND;
    *ret_shift = 0;
    *ret_mask = UINT32_MAX;
    switch ((int)vector) {
    case OAT_VECTOR_TRACE:
        *ret_column = TRACE;
        return true;
    case OAT_VECTOR_FLAGS:
        *ret_column = FLAGS;
        return true;
    case OAT_VECTOR_TOKENS + OAT_COUNT_INPUT:
        *ret_column = INPUT;
        return true;
    case OAT_VECTOR_TOKENS + OAT_COUNT_OUTPUT:
        *ret_column = OUTPUT;
        return true;
    case OAT_VECTOR_PARENT:
        *ret_mask = 1;
        return true;
    case OAT_VECTOR_COUNTED:
        *ret_shift = COUNTED_SHIFT;
        *ret_mask = 1;
        return true;
    case OAT_VECTOR_STATUS:
        *ret_shift = STATUS_SHIFT;
        *ret_mask = STATUS_MASK;
        return true;
    case OAT_VECTOR_TYPE:
        *ret_shift = TYPE_SHIFT;
        return true;
    default:
        return false;
    }
}

bool oat_packed_fill32(const struct oat_packed_batch *batch, enum oat_vector vector, uint32_t *dst)
{
    enum column column;
    unsigned shift;
    uint32_t mask;
    if (!find_vector(vector, &column, &shift, &mask))
        return false;
    struct oat_block block = open_block(batch, column);
    oat_block_decode32(&block, dst);
    memset(dst + batch->rows, 0, (OAT_BLOCK_ROWS - batch->rows) * sizeof *dst);
    for (uint32_t i = 0; column == KIND && i < OAT_BLOCK_ROWS; i++)
        dst[i] = dst[i] >> shift & mask;
    return true;
}

void oat_packed_places(const struct oat_packed_batch *batch, struct oat_kept_row *ret)
{
    uint32_t sources[OAT_BLOCK_ROWS], places[OAT_BLOCK_ROWS];
    struct oat_block of_sources = open_block(batch, SOURCE), of_places = open_block(batch, PLACE);
    oat_block_decode32(&of_sources, sources);
    oat_block_decode32(&of_places, places);
    for (uint32_t i = 0; i < batch->rows; i++)
        ret[i] = (struct oat_kept_row){.source = sources[i], .place = places[i]};
}

struct oat_row_place oat_assembly_place(const struct oat_assembly *s, size_t row)
{
    if (!s->packed)
        return (struct oat_row_place){s->rows[row].source, s->rows[row].place};
    const struct oat_packed_batch *batch = s->packed[row / OAT_BLOCK_ROWS];
    struct oat_block sources = open_block(batch, SOURCE), places = open_block(batch, PLACE);
    return (struct oat_row_place){(uint32_t)oat_block_get(&sources, row % OAT_BLOCK_ROWS),
                                  (uint32_t)oat_block_get(&places, row % OAT_BLOCK_ROWS)};
}

uint64_t oat_assembly_open_rows(const struct oat_assembly *s)
{
    uint64_t open = 0;
    if (s->packed)
        for (size_t i = 0; i < s->packed_count; i++)
            open += s->packed[i]->open_rows;
    else
        for (size_t i = 0; i < s->row_count; i++)
            open += s->rows[i].trace != OAT_NO_ROW && s->rows[i].open;
    return open;
}

void oat_packed_bounds(const struct oat_packed_batch *batch, uint64_t *ret_first_ns, uint64_t *ret_last_ns)
{
    *ret_first_ns = batch->first_ns;
    *ret_last_ns = batch->last_ns;
}

void oat_packed_batches_free(struct oat_packed_batch **batches, size_t count)
{
    for (size_t i = 0; batches && i < count; i++)
        free(batches[i]);
    free(batches);
}
