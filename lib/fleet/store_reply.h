/* hiredis' replies to ours; for store.c and store_sync.c alone. */
#ifndef NEARPOST_FLEET_STORE_REPLY_H
#define NEARPOST_FLEET_STORE_REPLY_H

#include "lib/fleet/command.h"

/* redis_reply: a redisReply *.  Copied into the arena. */
void store_reply_convert(struct arena *arena, const void *redis_reply,
    struct reply *out_r);

#endif
