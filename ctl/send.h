/* One run of nearpostctl send. */
#ifndef NEARPOST_CTL_SEND_H
#define NEARPOST_CTL_SEND_H

#include "ctl/ctl.h"
#include "ctl/journal.h"
#include "ctl/lineup.h"
#include "ctl/smtp.h"
#include "ctl/warm.h"
#include "ctl/where.h"
#include "lib/fleet/store_sync.h"

struct send {
	struct ctl *ctl;
	const char *campaign, *creative, *from; /* From: field body */
	const char *sender;                     /* envelope */
	const char *where_texts[WHERE_MAX];
	size_t n_where;
	struct where *where;
	int64_t now_ms; /* for every recipient of the run */
	bool again, retry_uncertain, retry_refused, dry_run;
	int64_t at_ms;      /* wall clock; 0: now */
	int64_t max_per_h;  /* stubs; 0: as fast as they are taken */
	int64_t owed;       /* of a millisecond: an hour by max_per_h */
	struct store_sync *store;
	struct journal *journal; /* NULL: none; a dry run of a first round */
	struct smtp *smtp;
	struct lineup *lineup; /* whom to send to in this run */
	struct warm *warm;     /* where they get their mail */
	struct buf again_for;  /* addresses, each with its NUL */
	size_t matched;
	/* By earlier runs, and not tried in this one; what came of this one. */
	size_t before, uncertain, refused_before;
	size_t sent, lost, refused; /* lost: became uncertain */
};

/* SIGINT and SIGTERM end the run after the stub in hand. */
void send_catch_signals(void);
bool send_stopped(void);
/* --at: a date and time (date.h; UTC), or "+2h".  -1: neither, or it is past. */
int send_when(struct slice text, int64_t now_ms, int64_t *at_ms_r);
/* Until then; false when it was interrupted. */
bool send_wait_until(int64_t at_ms);
/* --dry-run: what would be sent. */
int send_tell(const struct send *s);
/* To everybody in the lineup; says what came of it.  Exit status. */
int send_run(struct send *s);

#endif
