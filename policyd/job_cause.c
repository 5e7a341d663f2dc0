/* What is told to a sender in words is counted by a name that stays the same. */
#include "policyd/job.h"

static const struct {
	const char *action, *name;
	enum metric metric;
} causes[CAUSE_N] = {
    [CAUSE_RELAY] = {"RELAY", "", METRIC_N},
    [CAUSE_SUPPRESSED] = {"SUPPRESSED", "suppressed", METRIC_N},
    [CAUSE_ADDRESS] = {"REJECT", "address", METRIC_REJECT_ADDRESS},
    [CAUSE_CAMPAIGN] = {"REJECT", "campaign", METRIC_REJECT_CAMPAIGN},
    [CAUSE_DATE] = {"REJECT", "date", METRIC_REJECT_DATE},
    [CAUSE_CANCELLED] = {"REJECT", "cancelled", METRIC_REJECT_CANCELLED},
    [CAUSE_CREATIVE] = {"REJECT", "creative", METRIC_REJECT_CREATIVE},
    [CAUSE_VARIABLE] = {"REJECT", "variable", METRIC_REJECT_VARIABLE},
    [CAUSE_NO_CREATIVE] = {"REJECT", "no_creative", METRIC_REJECT_NO_CREATIVE},
    [CAUSE_UNLISTED] = {"REJECT", "unlisted", METRIC_REJECT_UNLISTED},
    [CAUSE_DOMAIN] = {"REJECT", "domain", METRIC_REJECT_DOMAIN},
    [CAUSE_RECORD] = {"REJECT", "record", METRIC_REJECT_RECORD},
    [CAUSE_ASSETS] = {"DEFER", "assets", METRIC_DEFER_ASSETS},
    [CAUSE_DATABASE] = {"DEFER", "database", METRIC_DEFER_DATABASE},
    [CAUSE_NO_GATEWAY] = {"DEFER", "no_gateway", METRIC_DEFER_NO_GATEWAY},
    [CAUSE_NO_ASSETS] = {"DEFER", "no_assets", METRIC_DEFER_NO_ASSETS},
    [CAUSE_NOT_ROUTABLE] = {"DEFER", "not_routable",
	METRIC_DEFER_NOT_ROUTABLE},
    [CAUSE_SITE_RATE] = {"DEFER", "site_rate", METRIC_DEFER_SITE_RATE},
    [CAUSE_PAUSED] = {"DEFER", "paused", METRIC_DEFER_PAUSED},
};

const char *
job_cause_name(enum job_cause c)
{
	return causes[c].name;
}

const char *
job_cause_action(enum job_cause c)
{
	return causes[c].action;
}

void
job_cause_count(const struct job *j)
{
	struct metrics *m = &j->ask->p->metrics;

	if (j->cause == CAUSE_RELAY)
		metrics_add_labelled(m, METRIC_CHOICE_QUEUE, METRIC_CHOICE_ONLY,
		    slice_of(j->choice.reason), 1);
	else if (causes[j->cause].metric != METRIC_N)
		metrics_add(m, causes[j->cause].metric, 1);
}
