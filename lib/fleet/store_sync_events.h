/* The stream of events for the command line, backwards and forwards. */
#ifndef NEARPOST_FLEET_STORE_SYNC_EVENTS_H
#define NEARPOST_FLEET_STORE_SYNC_EVENTS_H

#include "lib/fleet/command.h"
#include "lib/fleet/store_sync.h"

#define STORE_EVENT_ID_SIZE 48

/* One event; lives as long as the call that hands it over. */
struct store_event {
	const char *id;    /* of the stream's entry, "MS-N" */
	int64_t at_ms;     /* when it was written: wall clock */
	const struct reply *fields; /* for reply_field() */
};
/* Not 0: no more of them. */
typedef int store_event_fn(const struct store_event *e, void *ctx);

/* The newest first.  -1, else fn's last value. */
int store_sync_events_back(struct store_sync *s, store_event_fn *fn, void *ctx);
/* Those behind `after` ("0-0": all), which moves on with them; waits a few seconds for one.
 * -1, else fn's last value. */
int store_sync_events_follow(struct store_sync *s,
    char after[STORE_EVENT_ID_SIZE], store_event_fn *fn, void *ctx);

#endif
