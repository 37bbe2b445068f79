#include "writer/inherit.h"

#include "writer/span_record.h"
#include "writer/text.h"

int oat_inherit_move(oat_thread *thread, oat_pair *pair, const oat_span *parent, oat_pair *home,
                     uint64_t *who, uint64_t *prompt)
{
    uint32_t session = 0, user = 0, prompt_name = 0;
    int st = OAT_OK;
    atomic_store(&thread->reading, home);
    if (atomic_load(&parent->life) && atomic_load(&parent->home) == home) {
        st = oat_text_move(thread, home, pair, (uint32_t)*who, &session);
        if (st == OAT_OK)
            st = oat_text_move(thread, home, pair, (uint32_t)(*who >> 32), &user);
        if (st == OAT_OK)
            st = oat_text_move(thread, home, pair, (uint32_t)*prompt, &prompt_name);
    }
    atomic_store_explicit(&thread->reading, NULL, memory_order_release);
    *who = oat_record_two(session, user);
    *prompt = oat_record_two(prompt_name, (uint32_t)(*prompt >> 32));
    return st;
}
