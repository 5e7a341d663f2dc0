/* A select or explain request while it is worked on. */
#ifndef NEARPOST_POLICYD_JOB_H
#define NEARPOST_POLICYD_JOB_H

#include "lib/fleet/domain.h"
#include "lib/mail/campaign.h"
#include "policyd/front.h"

/* How a stub was decided, and of what is told to its sender why. */
enum job_cause {
	CAUSE_RELAY = 0,
	CAUSE_SUPPRESSED,
	/* rejected: the sender must mend it */
	CAUSE_ADDRESS,
	CAUSE_CAMPAIGN,
	CAUSE_DATE,
	CAUSE_CANCELLED,
	CAUSE_CREATIVE,
	CAUSE_VARIABLE,
	CAUSE_NO_CREATIVE,
	CAUSE_UNLISTED,
	CAUSE_DOMAIN,
	CAUSE_RECORD,
	/* deferred: it will be tried again */
	CAUSE_ASSETS,
	CAUSE_DATABASE,
	CAUSE_NO_GATEWAY,
	CAUSE_NO_ASSETS,
	CAUSE_NOT_ROUTABLE,
	CAUSE_SITE_RATE,
	CAUSE_PAUSED,
	CAUSE_N
};
const char *job_cause_name(enum job_cause c); /* as in the metrics */
const char *job_cause_action(enum job_cause c); /* "RELAY" */

struct job {
	struct ask *ask;
	bool explain;
	/* asked */
	const char *campaign_name, *creative_name;
	struct address address;
	const char *key; /* the recipient as Redis knows it */
	struct vars stub;
	unsigned char booking[BOOKING_ID_SIZE];
	bool all_routable;
	bool routable[GATEWAYS_MAX];
	int earlier; /* recipients of the same message */
	/* found out */
	int waiting; /* for Redis, for the DNS */
	enum store_result redis;
	enum store_result digest; /* of the question for it */
	struct recipient erased; /* suppressed by the digest of the address */
	struct recipient recipient;
	enum domain_status domain;
	const char *site_name; /* NULL: not known */
	/* decided */
	const char *action; /* NULL: not yet */
	enum job_cause cause;
	const char *text, *code;
	const struct campaign *campaign;
	const struct creative *creative;
	double size_bytes;
	struct fleet_choice choice;
	bool chosen; /* choice is filled */
};

/* With everything found out: fills the decided part.  Books nothing. */
void job_decide(struct job *j);
/* The first decision stands: later ones are passed over.  code: NULL = the
 * usual one. */
void job_settle(struct job *j, enum job_cause cause, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Campaign and creative by name; settles with REJECT when there are none. */
void job_find_campaign(struct job *j);
/* The ids of the ranking, joined by commas. */
const char *job_ranked(const struct job *j);
/* A gateway's score as "id=...;verdict=...;...".  rank: 0 = not ranked. */
void job_row(struct buf *row, const struct job *j, int slot, int rank);
/* In the metrics: the cause, or what the gateway was chosen for. */
void job_cause_count(const struct job *j);
/* Answers, books, counts, logs, frees. */
void job_answer(struct job *j);

#endif
