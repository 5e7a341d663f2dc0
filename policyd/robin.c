/* A choice leaves out of each score what cannot matter any more, so the mean needs
 * a second, whole pass.  Some choices of a second get one and stand for all. */
#include "policyd/robin.h"

#include <stdlib.h>

#include "lib/base/mem.h"

#define EVERY_SECOND_MAX 20 /* whole passes */

struct robin {
	struct policyd *p;
	struct fleet_choice whole; /* large, so not on the stack */
	unsigned chosen, looked;   /* this second */
	double looked_s, saved_s;
};

struct robin *
robin_new(struct policyd *p)
{
	struct robin *r = xcalloc(1, sizeof(*r));

	r->p = p;
	return r;
}

void
robin_free(struct robin **r)
{
	free(*r);
	*r = NULL;
}

void
robin_chosen(struct robin *r, const struct fleet_question *q, int slot,
    double now_s)
{
	double sum_s = 0, less_s;
	int i;

	r->chosen++;
	if (r->looked == EVERY_SECOND_MAX)
		return;
	fleet_choose(&r->p->fleet, q, now_s, false, &r->whole);
	if (r->whole.n_eligible == 0)
		return;
	for (i = 0; i < r->whole.n_eligible; i++)
		sum_s += r->whole.score[r->whole.order[i]].total_s;
	less_s = sum_s / r->whole.n_eligible - r->whole.score[slot].total_s;
	r->looked++;
	r->looked_s += less_s > 0 ? less_s : 0;
}

void
robin_tick(struct robin *r)
{
	if (r->looked > 0)
		r->saved_s += r->looked_s * r->chosen / r->looked;
	r->chosen = r->looked = 0;
	r->looked_s = 0;
}

double
robin_saved_s(const struct robin *r)
{
	return r->saved_s;
}
