#include "format/simd.h"

bool oat_simd_portable;
