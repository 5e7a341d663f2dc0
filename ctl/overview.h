/* How all of it stands: what policyd says of itself, the gateways and the
 * campaigns, and what of that somebody should look at. */
#ifndef NEARPOST_CTL_OVERVIEW_H
#define NEARPOST_CTL_OVERVIEW_H

#include "ctl/ctl.h"
#include "lib/mail/policy.h"

#define OVERVIEW_PROBLEMS_MAX 50

/* As a monitoring check ends. */
enum overview_level { LEVEL_OK = 0, LEVEL_WARNING, LEVEL_CRITICAL };
const char *overview_level_name(enum overview_level level); /* "OK" */

struct overview_problem {
	enum overview_level level;
	const char *text; /* what it is, and what to do; in the arena */
};
struct overview {
	struct arena *arena;
	int64_t now_ms;
	const char *policyd_at;
	bool answered; /* else the messages are empty */
	struct policy_message ping, gateways, campaigns;
	enum overview_level level; /* the worst one */
	struct overview_problem problems[OVERVIEW_PROBLEMS_MAX];
	size_t n_problems;
};

/* Asks; says nothing of what fails, which is a problem among others. */
void overview_take(struct ctl *ctl, struct overview *out_r);
void overview_free(struct overview *o);
/* The problems of what was answered.  Pure. */
void overview_judge(struct overview *o);
/* The sum of a field over the gateways, and how many are in that state ("live";
 * NULL: any).  Pure. */
double overview_sum(const struct overview *o, const char *field);
int overview_count(const struct overview *o, const char *state);
struct slice overview_rates(const struct overview *o);

#endif
