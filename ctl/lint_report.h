/* What lint found: gathered in any order, told by file and line. */
#ifndef NEARPOST_CTL_LINT_REPORT_H
#define NEARPOST_CTL_LINT_REPORT_H

#include "lib/base/buf.h"
#include "lib/base/mem.h"

struct map;

enum lint_severity { LINT_NOTE = 0, LINT_WARNING, LINT_ERROR };
#define LINT_SEVERITIES 3

struct lint_rule {
	const char *id;
	enum lint_severity severity;
	const char *reason; /* one line: why it matters */
};
struct lint_place {
	const char *file;
	int line; /* from 1 */
};
struct lint_finding {
	const struct lint_rule *rule;
	struct lint_place at;
	const char *text; /* what is wrong and what to mend */
};
struct lint_report { /* all zeroes but for the arena, which owns the rest */
	struct arena *arena;
	struct lint_finding *list;
	size_t n, cap;
	size_t accepted; /* findings that campaign.conf takes on itself */
	struct map *said; /* freed by lint_report_free */
};

void lint_report_free(struct lint_report *r); /* not the arena */

/* All rules, sorted by id. */
const struct lint_rule *lint_rules(size_t *n_r);
const char *lint_severity_name(enum lint_severity severity);

/* id: of a rule that there is, or the process ends.  Saying the same twice, as
 * of a partial that several creatives use, says it once. */
void lint_add(struct lint_report *r, const char *id, struct lint_place at,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Takes all findings of a rule out; how many that were. */
size_t lint_report_drop(struct lint_report *r, const struct lint_rule *rule);
/* Where the text of an error, "FILE:LINE: what", "FILE:LINE:COLUMN: what" or
 * "FILE: what", says that it is wrong; the file in the arena, "" when there is
 * none, and *text_r, which borrows from error, is what. */
struct lint_place lint_error_place(struct arena *arena, const char *error,
    const char **text_r);
/* By file and line. */
void lint_report_sort(struct lint_report *r);
size_t lint_report_count(const struct lint_report *r,
    enum lint_severity severity);
/* "FILE:LINE: severity: text [rule]", a line each, and how many there are. */
void lint_report_print(const struct lint_report *r, const char *campaign,
    const char *facts_date, struct buf *out);
void lint_report_json(const struct lint_report *r, const char *campaign,
    const char *facts_date, struct buf *out);

#endif
