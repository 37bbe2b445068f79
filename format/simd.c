#include "format/simd.h"

enum oat_simd oat_simd_most = OAT_SIMD_AVX512;
