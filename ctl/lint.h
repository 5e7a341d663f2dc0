/* nearpostctl lint: what mail programs, receivers and readers would trip over
 * in a campaign, told before the first mail is sent.
 *
 * lint_load() reads everything; the rules are pure functions over what it read,
 * a file for each family, and all they do is report.  The table of rules is in
 * lint_rules.c, nearpost-lint(7) has a paragraph for each row of it. */
#ifndef NEARPOST_CTL_LINT_H
#define NEARPOST_CTL_LINT_H

#include "ctl/html_tree.h"
#include "ctl/image_kind.h"
#include "ctl/lint_facts.h"
#include "ctl/lint_source.h"

struct lint_file { /* an inline or attached file */
	const char *name; /* as campaign.conf has it */
	const char *path; /* with the set's directory */
	int64_t size;     /* octets; -1: it cannot be read */
	const char *why;  /* ... because; else NULL */
	struct image_kind kind; /* by its first octets */
	struct lint_place at;   /* in campaign.conf */
};
struct lint_text { /* of body.html, body.txt */
	struct lint_source *source;    /* NULL: none, or it cannot be used */
	const struct html_tree *tree;  /* of HTML */
	struct lint_place at;          /* its file, line 1 */
	const char *fault;             /* it cannot be used; else NULL */
	struct lint_place fault_at;
};
struct lint_creative {
	const struct creative *creative;
	struct lint_text html, text;
	struct lint_source *subject;
	struct lint_file *inlined, *attached;
	size_t n_inlined, n_attached;
	/* As the gateway makes it, with the longer values; -1: not made. */
	int64_t html_bytes, message_bytes;
	int64_t limit_bytes; /* what it holds against its limit */
	const char *refused; /* why none is made, in the arena; else NULL */
	struct lint_place refused_at;
	size_t longest_line; /* of the plain text, octets */
};
struct lint {
	const char *dir; /* of the asset set */
	const struct campaign *campaign;
	const struct lint_facts *facts;
	int64_t message_limit; /* octets, the gateways' max_advert_size */
	struct lint_creative *creatives;
	size_t n_creatives;
	struct lint_source **unsubscribe; /* one per list_unsubscribe */
	struct arena *arena;              /* of all this */
	struct lint_report *report;
};

/* Reads the files of l->campaign and makes the adverts; dir, campaign, facts,
 * message_limit, arena and report are set before.  What cannot be read or made
 * is noted where it belongs, for the rules. */
void lint_load(struct lint *l);
/* Frees what is not in the arena. */
void lint_unload(struct lint *l);
/* All rules. */
void lint_check(struct lint *l);

/* The families. */
void lint_campaign(struct lint *l);
void lint_variables(struct lint *l);
void lint_client(struct lint *l, const struct lint_creative *c);
void lint_contrast(struct lint *l, const struct lint_creative *c);
void lint_html(struct lint *l, const struct lint_creative *c);
void lint_image(struct lint *l, const struct lint_creative *c);
void lint_link(struct lint *l, const struct lint_creative *c);
void lint_size(struct lint *l, const struct lint_creative *c);

/* Leaves out what campaign.conf's lint_accept takes on itself. */
void lint_accept(struct lint *l);

/* Where a setting of campaign.conf stands, or what it belongs to. */
struct lint_place lint_conf_place(const struct lint *l,
    struct campaign_place at);

#endif
