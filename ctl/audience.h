/* nearpostctl audience: how many recipients a campaign is for, and who gets what.
 * Counting is pure: a record in, numbers up. */
#ifndef NEARPOST_CTL_AUDIENCE_H
#define NEARPOST_CTL_AUDIENCE_H

#include "ctl/where.h"
#include "lib/fleet/schema.h"

#define AUDIENCE_EXAMPLES 3

/* Some of those who were counted. */
struct audience_group {
	size_t n;
	struct {
		const char *address, *value; /* value NULL: none to show */
	} examples[AUDIENCE_EXAMPLES];
};
struct audience_field {
	size_t without;             /* missing or empty */
	struct audience_group wrong; /* not to be read as what it should be */
};
struct audience {
	const struct campaign *campaign;
	const struct where *where;
	int64_t now_ms;
	struct arena *arena; /* of the texts here */
	/* Why policyd takes none of its stubs now; NULL: it does. */
	const char *refused;

	size_t recipients, matched; /* in the database; of these, by --where */
	size_t *chosen;             /* by campaign->creatives */
	struct audience_group suppressed, nobody; /* no creative is for them */
	struct audience_group *missing; /* by campaign->required */
	/* By where_fields(), of all recipients. */
	struct audience_field *fields;
	struct audience_group unusable; /* columns that are no variables */
};

/* Borrows both. */
void audience_init(struct audience *a, const struct campaign *c,
    const struct where *w, int64_t now_ms);
void audience_free(struct audience *a);
/* What policyd would answer for a stub without variables of its own, in so far as
 * campaign and record decide it: the order of its checks is job_decide()'s. */
void audience_take(struct audience *a, const char *address,
    const struct recipient *r);
size_t audience_adverts(const struct audience *a);

void audience_print(const struct audience *a, double seconds, struct buf *out);
void audience_json(const struct audience *a, double seconds, struct buf *out);

#endif
