/* The one list of results and their texts. */
#include "oat/oat.h"

const char *oat_result_text(int result)
{
    switch (result) {
    case OAT_OK:
        return "ok";
    case OAT_NOTFOUND:
        return "not found";
    case OAT_E_INVALID:
        return "invalid argument";
    case OAT_E_NOMEM:
        return "out of memory";
    case OAT_E_IO:
        return "input/output error";
    case OAT_E_FULL:
        return "no space left on the device";
    case OAT_E_CORRUPT:
        return "corrupt data";
    case OAT_E_UNSUPPORTED:
        return "written by a newer format version than this program reads";
    case OAT_E_LIMIT:
        return "over a limit of the format";
    case OAT_E_NETFS:
        return "network file system refused for writing";
    case OAT_E_AMBIGUOUS:
        return "ambiguous prefix";
    case OAT_E_STALE:
        return "files were replaced while they were read; try again";
    case OAT_E_STOPPED:
        return "stopped before it was done";
    case OAT_E_CLOSED:
        return "tracer has no usable files";
    default:
        return "unknown result";
    }
}

const char *oat_version(void)
{
    return OAT_VERSION;
}
