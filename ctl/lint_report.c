#include "config.h"

#include "ctl/lint_report.h"

#include <stdint.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/mail/escape.h"

const char *
lint_severity_name(enum lint_severity severity)
{
	static const char *const names[] = {"note", "warning", "error"};

	return names[severity];
}

static const struct lint_rule *
find_rule(const char *id)
{
	size_t n, i;
	const struct lint_rule *rules = lint_rules(&n);

	for (i = 0; i < n; i++)
		if (strcmp(rules[i].id, id) == 0)
			return &rules[i];
	fatalx(EX_SOFTWARE, "lint has no rule \"%s\"", id);
}

/* Was it said before?  Then it is now. */
static bool
said(struct lint_report *r, const struct lint_finding *f)
{
	struct buf key = {0};
	bool before;

	if (!r->said)
		r->said = map_new();
	buf_printf(&key, "%s:%d:%s:%s", f->at.file, f->at.line, f->rule->id,
	    f->text);
	before = map_set(r->said, slice_buf(&key), r) != NULL;
	buf_free(&key);
	return before;
}

static void
take(struct lint_report *r, struct lint_finding f)
{
	struct lint_finding *more;

	if (said(r, &f))
		return;
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 16;
		more = arena_alloc(r->arena, r->cap * sizeof(*more));
		if (r->n)
			memcpy(more, r->list, r->n * sizeof(*more));
		r->list = more;
	}
	f.at.file = arena_strdup(r->arena, f.at.file);
	r->list[r->n++] = f;
}

void
lint_add(struct lint_report *r, const char *id, struct lint_place at,
    const char *fmt, ...)
{
	struct lint_finding f = {.rule = find_rule(id), .at = at};
	struct buf text = {0}, safe = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	/* It quotes files that others may have written: nothing in them may
	 * steer the terminal. */
	escape_add(&safe, ESCAPE_HEADER, slice_buf(&text));
	f.text = arena_strndup(r->arena, safe.data, safe.len);
	buf_free(&safe);
	buf_free(&text);
	take(r, f);
}

void
lint_report_free(struct lint_report *r)
{
	map_free(&r->said, NULL);
}

size_t
lint_report_drop(struct lint_report *r, const struct lint_rule *rule)
{
	size_t i, kept = 0, before = r->n;

	for (i = 0; i < before; i++)
		if (r->list[i].rule != rule)
			r->list[kept++] = r->list[i];
	r->n = kept;
	return before - kept;
}

struct lint_place
lint_error_place(struct arena *arena, const char *error, const char **text_r)
{
	struct lint_place at = {"", 1};
	const char *s, *end;
	char *after;

	for (s = error; (s = strchr(s, ':')) != NULL; s++) {
		long line = strtol(s + 1, &after, 10);

		if (s[1] < '1' || s[1] > '9' || *after != ':' ||
		    line > INT32_MAX)
			continue;
		end = after + 1;
		end += strspn(end, "0123456789");
		at.line = (int)line;
		*text_r = end + strspn(end, ": ");
		at.file = arena_strndup(arena, error, (size_t)(s - error));
		return at;
	}
	s = strstr(error, ": ");
	*text_r = s ? s + 2 : error;
	if (s)
		at.file = arena_strndup(arena, error, (size_t)(s - error));
	return at;
}

static int
by_place(const void *a, const void *b)
{
	const struct lint_finding *x = a, *y = b;
	int c = strcmp(x->at.file, y->at.file);

	if (c == 0)
		c = (x->at.line > y->at.line) - (x->at.line < y->at.line);
	if (c == 0)
		c = (int)y->rule->severity - (int)x->rule->severity;
	if (c == 0)
		c = strcmp(x->rule->id, y->rule->id);
	return c ? c : strcmp(x->text, y->text);
}

void
lint_report_sort(struct lint_report *r)
{
	if (r->n)
		qsort(r->list, r->n, sizeof(*r->list), by_place);
}

size_t
lint_report_count(const struct lint_report *r, enum lint_severity severity)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		n += r->list[i].rule->severity == severity;
	return n;
}

/* Two or more in the plural: "2 errors". */
static void
add_count(struct buf *out, const struct lint_report *r,
    enum lint_severity severity, const char *before)
{
	size_t n = lint_report_count(r, severity);

	buf_printf(out, "%s%zu %s%s", before, n, lint_severity_name(severity),
	    n == 1 ? "" : "s");
}

void
lint_report_print(const struct lint_report *r, const char *campaign,
    const char *facts_date, struct buf *out)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		const struct lint_finding *f = &r->list[i];

		escape_add(out, ESCAPE_HEADER, slice_of(f->at.file));
		buf_printf(out, ":%d: %s: %s [%s]\n", f->at.line,
		    lint_severity_name(f->rule->severity), f->text,
		    f->rule->id);
	}
	if (r->accepted)
		buf_printf(out,
		    "%s: %zu more that lint_accept takes on itself\n", campaign,
		    r->accepted);
	if (r->n) {
		buf_printf(out, "%s: ", campaign);
		add_count(out, r, LINT_ERROR, "");
		add_count(out, r, LINT_WARNING, ", ");
		add_count(out, r, LINT_NOTE, ", ");
		buf_printf(out, "; nearpost-lint(7) says why of each [rule]\n");
	} else {
		buf_printf(out,
		    "%s: nothing to mend, by what was known of mail "
		    "programs on %s\n",
		    campaign, facts_date);
	}
}

void
lint_report_json(const struct lint_report *r, const char *campaign,
    const char *facts_date, struct buf *out)
{
	struct json *root = json_begin(), *list, *one;
	size_t i;
	int s;

	json_add_text(root, "campaign", slice_of(campaign));
	json_add_text(root, "facts_date", slice_of(facts_date));
	for (s = LINT_SEVERITIES - 1; s >= 0; s--) {
		const char *name = lint_severity_name((enum lint_severity)s);
		struct buf plural = {0};

		buf_printf(&plural, "%ss", name);
		json_add_int(root, plural.data, (int64_t)lint_report_count(r,
		    (enum lint_severity)s));
		buf_free(&plural);
	}
	json_add_int(root, "accepted", (int64_t)r->accepted);
	list = json_add_list(root, "findings");
	for (i = 0; i < r->n; i++) {
		const struct lint_finding *f = &r->list[i];

		one = json_add_object(list, NULL);
		json_add_text(one, "file", slice_of(f->at.file));
		json_add_int(one, "line", f->at.line);
		json_add_text(one, "severity",
		    slice_of(lint_severity_name(f->rule->severity)));
		json_add_text(one, "rule", slice_of(f->rule->id));
		json_add_text(one, "text", slice_of(f->text));
		json_add_text(one, "reason", slice_of(f->rule->reason));
	}
	json_end(&root, out);
}
