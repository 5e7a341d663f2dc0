/* One event of the stream: is it asked for, and how it is shown.  Pure. */
#ifndef NEARPOST_CTL_EVENT_LINE_H
#define NEARPOST_CTL_EVENT_LINE_H

#include "lib/base/buf.h"
#include "lib/fleet/store_sync_events.h"

/* NULL: whichever. */
struct event_filter {
	const char *campaign, *gateway;
	const char *recipient; /* as address_key() writes it */
	/* The server that was asked, or the recipient's domain, is this one or
	 * below it. */
	const char *site;
};

bool event_asked_for(const struct event_filter *f,
    const struct store_event *e);
/* A line for people. */
void event_line(struct buf *out, const struct store_event *e);
/* A line of JSON. */
void event_json(struct buf *out, const struct store_event *e);

#endif
