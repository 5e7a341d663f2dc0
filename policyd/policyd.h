/* What nearpost-policyd is made of.  One loop, no threads; every module below
 * gets this struct and touches its own part. */
#ifndef NEARPOST_POLICYD_POLICYD_H
#define NEARPOST_POLICYD_POLICYD_H

#include "lib/base/clock.h"
#include "lib/base/dns.h"
#include "lib/base/log.h"
#include "lib/base/loop.h"
#include "lib/fleet/config.h"
#include "lib/fleet/fleet.h"
#include "lib/fleet/metrics.h"
#include "lib/fleet/schema.h"
#include "lib/fleet/store.h"

struct agents;
struct board;
struct catalogue;
struct confwatch;
struct decisions;
struct drains;
struct erased;
struct eventlog;
struct front;
struct holds;
struct limits;
struct mirror;
struct persist;
struct rates;
struct resolver;
struct robin;
struct share;
struct status;
struct tally;

struct policyd {
	const char *config_path;
	struct config config;
	struct loop *loop;
	struct store *store;
	struct dns *dns;
	struct http *http;
	struct fleet fleet;
	struct metrics metrics;

	struct catalogue *catalogue; /* NULL: none could be loaded yet */
	char *catalogue_error;       /* of the last load; NULL = none */
	bool config_stale; /* the file has changed, and was not taken up */
	struct resolver *resolver;
	struct limits *limits;
	struct persist *persist;
	struct erased *erased;
	struct eventlog *eventlog;
	struct decisions *decisions;
	struct drains *drains;
	struct holds *holds;
	struct rates *rates;
	struct share *share;
	struct tally *tally;
	struct board *board;
	struct status *status; /* NULL without http_listen */
	struct robin *robin;
	struct mirror *mirror; /* NULL unless without_redis = send */
	struct front *front;
	struct agents *agents;
	struct confwatch *confwatch;

	struct timer *tick, *end;
	struct sig *hup, *term, *intr;
	struct log_limit nobody_alive, bad_events;
	int64_t started_ms, end_ms; /* loop time */
	int64_t started_wall_ms;
};

/* Everything but the loop's run.  -1 after having logged why; *exit_r is then
 * what the process should end with. */
int policyd_start(struct policyd *p, int *exit_r);
void policyd_run(struct policyd *p);
void policyd_stop(struct policyd *p);
/* Configuration and asset set anew.  A part that is broken stays as it was;
 * returns a heap string that says so, or NULL when all is well. */
char *policyd_reload(struct policyd *p);

/* This one from now on; emptied. */
void policyd_take_config(struct policyd *p, struct config *fresh);
/* What has been done so far goes to Redis now, not when the loop comes to it:
 * before somebody is told of it. */
void policyd_push(struct policyd *p);

/* Monotonic seconds, for the model. */
double policyd_now_s(const struct policyd *p);
struct schema_now policyd_now(const struct policyd *p);

#endif
