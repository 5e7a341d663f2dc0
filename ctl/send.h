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
	bool again, retry_uncertain;
	struct store_sync *store;
	struct journal *journal;
	struct smtp *smtp;
	struct lineup *lineup; /* whom to send to in this run */
	struct warm *warm;     /* where they get their mail */
	size_t matched, before, uncertain;
	size_t sent, refused;
	size_t lost; /* became uncertain in this run */
};

/* SIGINT and SIGTERM end the run after the stub in hand. */
void send_catch_signals(void);
bool send_stopped(void);
/* To everybody in the lineup; says what came of it.  Exit status. */
int send_run(struct send *s);

#endif
