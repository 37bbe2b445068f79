/* What providers have published about the tokens that media cost (docs/media.md), as of 2026-08. */
#include "oat/media.h"

#include "oat/oat.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define MS_PER_S    1000.0
#define TILE        512.0  /* pixels a side */
#define TILES_FIT   2048.0 /* the longer side, at first */
#define TILES_SHORT 768.0  /* the shorter side, then */
#define PATCH       32.0
#define PATCHES_MAX 1536.0
#define AREA_TOKEN  750.0 /* pixels */
#define GEMINI_TILE 768.0
#define GEMINI_FIT  384.0
#define GEMINI_EACH 258.0

/* How a family counts pictures; a and b of a row mean what is said here. */
enum rule {
    RULE_TILES,   /* a and b for each tile; low detail: a alone */
    RULE_PATCHES, /* each patch times a */
    RULE_AREA,    /* scaled to a longer side of a, at most b tokens */
    RULE_GEMINI2,
    RULE_GEMINI3, /* a; low detail: b */
    RULE_SQUARES, /* each square of a pixels */
};

/* By the beginning of the model's name; the first that fits. */
static const struct family {
    const char *begin;
    enum rule rule;
    double a, b;
    double audio_per_s, video_per_s; /* tokens; 0: not known */
} families[] = {
    {"gpt-realtime", RULE_TILES, 85, 170, 10, 0},
    {"gpt-audio", RULE_TILES, 85, 170, 10, 0},
    {"gpt-4o-realtime", RULE_TILES, 85, 170, 10, 0},
    {"gpt-4o-audio", RULE_TILES, 85, 170, 10, 0},
    {"gpt-4o-mini-realtime", RULE_TILES, 2833, 5667, 10, 0},
    {"gpt-4o-mini-audio", RULE_TILES, 2833, 5667, 10, 0},
    {"gpt-4o-mini", RULE_TILES, 2833, 5667, 0, 0},
    {"gpt-4.1-mini", RULE_PATCHES, 1.62, 0, 0, 0},
    {"gpt-4.1-nano", RULE_PATCHES, 2.46, 0, 0, 0},
    {"o4-mini", RULE_PATCHES, 1.72, 0, 0, 0},
    {"gpt-5-mini", RULE_PATCHES, 1.62, 0, 0, 0},
    {"gpt-5-nano", RULE_PATCHES, 2.46, 0, 0, 0},
    {"gpt-5.", RULE_PATCHES, 1.2, 0, 0, 0},
    {"gpt-5", RULE_TILES, 70, 140, 0, 0},
    {"o1", RULE_TILES, 75, 150, 0, 0},
    {"o3", RULE_TILES, 75, 150, 0, 0},
    {"computer-use", RULE_TILES, 65, 129, 0, 0},
    {"gpt-", RULE_TILES, 85, 170, 0, 0},
    {"chatgpt-", RULE_TILES, 85, 170, 0, 0},
    {"claude-opus-4-7", RULE_AREA, 2576, 4784, 0, 0},
    {"claude", RULE_AREA, 1568, 1600, 0, 0},
    {"gemini-3", RULE_GEMINI3, 1120, 280, 32, 70},
    {"gemini", RULE_GEMINI2, 0, 0, 32, 263},
    {"pixtral", RULE_SQUARES, 16, 0, 0, 0},
    {"mistral-small", RULE_SQUARES, 28, 0, 0, 0},
    {"mistral-medium", RULE_SQUARES, 28, 0, 0, 0},
};

/* ---- Pictures ---- */

/* How many pieces of a size cover a length, which may be off by what doubles round. */
static double pieces(double length, double size)
{
    return ceil(length / size - 1e-6);
}

static double tiles(const struct family *family, double width, double height, enum oat_media_detail detail)
{
    if (detail == OAT_MEDIA_DETAIL_LOW)
        return family->a;
    double fit = fmin(1, TILES_FIT / fmax(width, height));
    double shrink = fmin(1, TILES_SHORT / fmin(width * fit, height * fit));
    return family->a + family->b * pieces(width * fit * shrink, TILE) * pieces(height * fit * shrink, TILE);
}

static double patches(const struct family *family, double width, double height)
{
    double count = pieces(width, PATCH) * pieces(height, PATCH);
    if (count > PATCHES_MAX) {
        double shrink = sqrt(PATCHES_MAX * PATCH * PATCH / (width * height));
        double across = width * shrink / PATCH, down = height * shrink / PATCH;
        shrink *= fmin(floor(across) / across, floor(down) / down);
        count = pieces(width * shrink, PATCH) * pieces(height * shrink, PATCH);
    }
    return fmin(count, PATCHES_MAX) * family->a;
}

static double area(const struct family *family, double width, double height)
{
    double fit = fmin(1, family->a / fmax(width, height));
    return fmin(width * fit * height * fit / AREA_TOKEN, family->b);
}

static double picture(const struct family *family, const oat_media_info *info, enum oat_media_detail detail)
{
    double width = info->width, height = info->height;
    switch (family->rule) {
    case RULE_TILES:
        return tiles(family, width, height, detail);
    case RULE_PATCHES:
        return patches(family, width, height);
    case RULE_AREA:
        return area(family, width, height);
    case RULE_GEMINI2:
        return width <= GEMINI_FIT && height <= GEMINI_FIT
                   ? GEMINI_EACH
                   : GEMINI_EACH * pieces(width, GEMINI_TILE) * pieces(height, GEMINI_TILE);
    case RULE_GEMINI3:
        return detail == OAT_MEDIA_DETAIL_LOW ? family->b : family->a;
    case RULE_SQUARES:
        return pieces(width, family->a) * pieces(height, family->a);
    }
    return 0;
}

/* ---- Models ---- */

static const struct family *family_of(const char *model)
{
    const char *slash = strrchr(model, '/');
    const char *name = slash ? slash + 1 : model;
    /* Clouds put regions and makers before it: us.anthropic.claude-... */
    const char *maker = strstr(name, "anthropic.");
    if (maker)
        name = maker + strlen("anthropic.");
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strncasecmp(name, families[i].begin, strlen(families[i].begin)) == 0)
            return &families[i];
    return NULL;
}

int oat_media_estimate_tokens(const char *model, const oat_media_info *info, enum oat_media_detail detail,
                              uint64_t *ret_tokens)
{
    const struct family *family = model ? family_of(model) : NULL;
    double seconds = (double)info->duration_ms / MS_PER_S, tokens = 0;
    if (!family)
        return OAT_NOTFOUND;
    if (info->kind == OAT_MEDIA_IS_IMAGE && info->width > 0 && info->height > 0)
        tokens = picture(family, info, detail);
    else if (info->kind == OAT_MEDIA_IS_AUDIO)
        tokens = seconds * family->audio_per_s;
    else if (info->kind == OAT_MEDIA_IS_VIDEO)
        tokens = seconds * family->video_per_s;
    if (!(tokens > 0))
        return OAT_NOTFOUND;
    *ret_tokens = (uint64_t)ceil(tokens);
    return OAT_OK;
}
