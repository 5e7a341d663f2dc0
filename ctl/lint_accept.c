/* Warnings that a campaign has reasons not to heed: named in its campaign.conf,
 * so that the reason can stand beside them and --strict stays of use.  An error
 * is none that one could wish for. */
#include "config.h"

#include "ctl/lint.h"

static const struct lint_rule *
rule_of(const char *id)
{
	size_t n, i;
	const struct lint_rule *rules = lint_rules(&n);

	for (i = 0; i < n; i++)
		if (strcmp(rules[i].id, id) == 0)
			return &rules[i];
	return NULL;
}

void
lint_accept(struct lint *l)
{
	const struct setting_list *list = &l->campaign->lint_accept;
	struct campaign_place at = {NULL, NULL, "lint_accept", 0};

	for (; at.item < list->n; at.item++) {
		const char *id = list->items[at.item];
		const struct lint_rule *rule = rule_of(id);
		struct lint_place where = lint_conf_place(l, at);
		size_t n;

		if (!rule || rule->severity == LINT_ERROR) {
			lint_add(l->report, "accept", where, "lint_accept: "
			    "\"%s\" is %s; see nearpost-lint(7)", id, rule
			    ? "an error, which has to be mended"
			    : "no rule");
			continue;
		}
		n = lint_report_drop(l->report, rule);
		l->report->accepted += n;
		if (n == 0)
			lint_add(l->report, "accept", where, "lint_accept: "
			    "\"%s\" was found nowhere; take it out", id);
	}
}
