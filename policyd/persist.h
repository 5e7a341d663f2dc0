/* State on its way to Redis and back: rows of gateways and sites are written
 * behind, counters are added up and sent with the next turn's end.  With Redis
 * down everything goes on; rows and counters are written when it is back. */
#ifndef NEARPOST_POLICYD_PERSIST_H
#define NEARPOST_POLICYD_PERSIST_H

#include "policyd/policyd.h"

struct persist *persist_new(struct policyd *p);
void persist_free(struct persist **s);
/* Once a second. */
void persist_tick(struct persist *s);

/* campaign: of a known campaign, or what a signed ticket said. */
void persist_count(struct persist *s, const char *campaign,
    const char *counter, int64_t n);
void persist_send_counters(struct persist *s);
/* What an earlier run knew of the gateways has been read. */
bool persist_loaded(const struct persist *s);
/* Gateways that were added by a reload. */
void persist_load_gateways(struct persist *s);

#endif
