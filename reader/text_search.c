#include "reader/text_search.h"

#include "format/base64.h"
#include "format/forgotten.h"
#include "format/limits.h"
#include "reader/pack_chunks.h"
#include "reader/text_chunks.h"
#include "reader/text_seams.h"

#include <stdlib.h>
#include <string.h>

struct search {
    struct oat_pack *pack;
    const struct oat_text_match *match;
    struct oat_text_chunks chunks;
    struct oat_text_seams seams;
    uint64_t *ends; /* by payload: where the first text to end in it does, or OAT_TEXT_NOWHERE */
};

/* A recipe whose operations are being read. */
struct recipe {
    struct oat_pack_recipe ops;
    uint32_t number; /* of the payload */
    struct oat_text_run run;
    uint64_t end;    /* where the first text to end so far does, or OAT_TEXT_NOWHERE */
    uint32_t before; /* the chunk that ends here, + 1; 0: it is none */
};

static void found_end(struct recipe *recipe, uint64_t end)
{
    recipe->end = end < recipe->end ? end : recipe->end;
}

/* ---- Pieces ---- */

static void add_literal(const struct search *s, struct recipe *recipe, const uint8_t *bytes, size_t len)
{
    if (oat_forgotten_find(s->pack->forgotten, bytes, len)) { /* a chunk likewise is not what it was */
        oat_text_run_stop(&recipe->run, len);
        recipe->before = 0;
        return;
    }
    uint64_t end = oat_text_first_end(s->match, bytes, len);
    if (end != OAT_TEXT_NOWHERE)
        found_end(recipe, recipe->run.offset + end);
    oat_text_run_seam(&recipe->run);
    oat_text_run_bytes(&recipe->run, bytes, len);
    recipe->before = 0;
}

/* True when no text that begins in the chunk before ends in this one: they stand together in the index, which
 * has not got it. */
static bool is_closed(const struct search *s, const struct recipe *recipe, uint32_t chunk)
{
    return recipe->before == chunk && (s->chunks.closed[chunk / 64] >> chunk % 64 & 1) &&
           s->chunks.lens[chunk - 1] >= s->seams.reach && s->chunks.lens[chunk] >= s->seams.reach;
}

static void add_chunk(const struct search *s, struct recipe *recipe, uint32_t chunk)
{
    const uint8_t *edges = oat_signatures_edges(s->chunks.index, chunk);
    uint32_t len = s->chunks.lens[chunk];
    if (s->chunks.ends[chunk] > 0)
        found_end(recipe, recipe->run.offset + s->chunks.ends[chunk]);
    if (is_closed(s, recipe, chunk))
        oat_text_run_stop(&recipe->run, 0);
    oat_text_run_seam(&recipe->run);
    recipe->before = chunk + 1;
    if (!edges) {
        oat_text_run_gap(&recipe->run, len);
        return;
    }
    uint32_t known = len < OAT_EDGES_SIZE ? len : OAT_EDGES_SIZE, head = (known + 1) / 2, tail = known / 2;
    oat_text_run_bytes(&recipe->run, edges, head);
    if (len > known)
        oat_text_run_gap(&recipe->run, len - known);
    oat_text_run_bytes(&recipe->run, edges + OAT_EDGES_SIZE - tail, tail);
}

static int add_step(const struct search *s, struct recipe *recipe, const struct oat_recipe_step *step)
{
    if (step->op == OAT_RECIPE_BASE) {
        uint64_t end = s->ends[step->offset];
        if (end <= step->len)
            found_end(recipe, end);
        oat_text_run_gap(&recipe->run, step->len);
        return OAT_OK;
    }
    if (step->op == OAT_RECIPE_LITERAL) {
        add_literal(s, recipe, step->literal, (size_t)step->len);
        return OAT_OK;
    }
    if (step->offset >= s->chunks.count)
        return oat_pack_damaged(s->pack, 0, "chunk of a recipe");
    uint32_t chunk = (uint32_t)step->offset;
    if (step->op == OAT_RECIPE_BASE64) {
        oat_text_run_stop(&recipe->run, oat_base64_encoded_len(s->chunks.lens[chunk]));
        recipe->before = 0;
        return OAT_OK;
    }
    const char *lead = oat_recipe_lead(step->op);
    if (*lead)
        add_literal(s, recipe, (const uint8_t *)lead, strlen(lead));
    add_chunk(s, recipe, chunk);
    return OAT_OK;
}

/* ---- Payloads ---- */

/* Looks at the bytes where a text may cross a seam. */
static int look(const struct search *s, struct recipe *recipe)
{
    uint8_t *bytes;
    size_t len;
    struct oat_text_run *run = &recipe->run;
    int result = oat_pack_read_text(s->pack, recipe->number, run->may_from, run->may_to, &bytes, &len);
    run->may_to = 0;
    if (result != OAT_OK)
        return result;
    uint64_t end = oat_text_first_end(s->match, bytes, len);
    if (end != OAT_TEXT_NOWHERE)
        found_end(recipe, run->may_from + end);
    free(bytes);
    return OAT_OK;
}

/* What comes behind the first text to end does not matter. */
static int search_recipe(struct search *s, uint32_t number, uint64_t place)
{
    struct recipe recipe = {.number = number, .run.seams = &s->seams, .end = OAT_TEXT_NOWHERE};
    struct oat_pack_payload payload = {.kind = OAT_PAYLOAD_RECIPE, .place = place};
    struct oat_recipe_step step;
    int result = oat_pack_recipe_of(s->pack, number, &payload, &recipe.ops);
    while (result == OAT_OK && recipe.run.offset < recipe.end) {
        result = oat_pack_recipe_next(&recipe.ops, &step);
        if (result == OAT_E_CORRUPT)
            oat_pack_damaged(s->pack, 0, "operations of a recipe");
        if (result == OAT_OK)
            result = add_step(s, &recipe, &step);
        if (result == OAT_OK && recipe.run.may_to > 0)
            result = look(s, &recipe);
    }
    if (result == OAT_E_NOMEM)
        return result;
    s->ends[number] = result == OAT_E_CORRUPT ? OAT_TEXT_NOWHERE : recipe.end;
    return OAT_OK;
}

static int search_payload(struct search *s, uint32_t number, uint64_t kind, uint64_t place)
{
    s->ends[number] = OAT_TEXT_NOWHERE;
    if (kind == OAT_PAYLOAD_CHUNK && place < s->chunks.count && s->chunks.ends[place] > 0)
        s->ends[number] = s->chunks.ends[place];
    return kind == OAT_PAYLOAD_RECIPE ? search_recipe(s, number, place) : OAT_OK;
}

static int search_payloads(struct search *s, uint64_t *found)
{
    uint64_t kinds[OAT_BLOCK_ROWS], places[OAT_BLOCK_ROWS];
    uint32_t count = oat_pack_payload_count(s->pack);
    for (uint32_t first = 0; first < count; first += OAT_BLOCK_ROWS) {
        uint32_t n = count - first < OAT_BLOCK_ROWS ? count - first : OAT_BLOCK_ROWS;
        int result = oat_image_numbers(s->pack->payloads, OAT_COL_PAYLOAD_KIND, first, n, kinds);
        if (result == OAT_OK)
            result = oat_image_numbers(s->pack->payloads, OAT_COL_PAYLOAD_PLACE, first, n, places);
        if (result == OAT_E_NOMEM)
            return result;
        if (result != OAT_OK)
            memset(kinds, 0, sizeof kinds); /* none is known */
        for (uint32_t i = 0; i < n; i++) {
            result = search_payload(s, first + i, kinds[i], places[i]);
            if (result != OAT_OK)
                return result;
            if (s->ends[first + i] != OAT_TEXT_NOWHERE)
                found[(first + i) / 64] |= UINT64_C(1) << (first + i) % 64;
        }
    }
    return OAT_OK;
}

int oat_text_search(struct oat_pack *pack, const struct oat_text_match *match, uint64_t *found)
{
    struct search *s = calloc(1, sizeof *s);
    if (!s)
        return OAT_E_NOMEM;
    s->pack = pack;
    s->match = match;
    oat_text_seams_init(&s->seams, match);
    int result = oat_text_chunks_find(pack, match, &s->chunks);
    if (result == OAT_OK) {
        s->ends = malloc((oat_pack_payload_count(pack) + (size_t)1) * sizeof *s->ends);
        result = s->ends ? search_payloads(s, found) : OAT_E_NOMEM;
    }
    oat_text_chunks_free(&s->chunks);
    free(s->ends);
    free(s);
    return result;
}
