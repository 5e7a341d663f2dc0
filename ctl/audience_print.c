#include "config.h"

#include "ctl/audience.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"

#define SHOWN 60 /* octets of an address or a value, escaped */
#define NAME_WIDTH 20

static void
add_row(const struct audience *a, const char *name, size_t n, struct buf *out)
{
	double share = a->matched ? 100.0 * (double)n / (double)a->matched : 0;

	buf_printf(out, "%-*s %12zu %6.1f%%", NAME_WIDTH, name, n, share);
}

static void
add_examples(const struct audience_group *g, struct buf *out)
{
	char address[SHOWN], value[SHOWN];
	size_t i;

	for (i = 0; i < g->n && i < AUDIENCE_EXAMPLES; i++) {
		buf_printf(out, "%s%s", i ? ", " : "  ", log_safe(address,
		    sizeof(address), g->examples[i].address));
		if (g->examples[i].value)
			buf_printf(out, " \"%s\"", log_safe(value,
			    sizeof(value), g->examples[i].value));
	}
	buf_add_str(out, g->n > AUDIENCE_EXAMPLES ? ", ...\n" : "\n");
}

static void
add_group(const struct audience *a, const char *name,
    const struct audience_group *g, struct buf *out)
{
	add_row(a, name, g->n, out);
	add_examples(g, out);
}

static void
add_creatives(const struct audience *a, struct buf *out)
{
	const struct creative *r = a->campaign->creatives.items;
	size_t i;

	buf_printf(out, "%-*s %12s %7s  when\n", NAME_WIDTH, "creative",
	    "recipients", "share");
	for (i = 0; i < a->campaign->creatives.n; i++) {
		add_row(a, r[i].name, a->chosen[i], out);
		buf_printf(out, "  %s\n", r[i].target ? r[i].when :
		    r[i].fallback ? "(fallback)" : "(always)");
	}
	add_row(a, "adverts", audience_adverts(a), out);
	buf_add_char(out, '\n');
}

/* Why others get none.  Zeroes are said too: that is what one looks for. */
static void
add_others(const struct audience *a, struct buf *out)
{
	const struct setting_list *required = &a->campaign->required;
	size_t i;

	add_group(a, "suppressed", &a->suppressed, out);
	add_group(a, "no creative fits", &a->nobody, out);
	for (i = 0; i < required->n; i++) {
		char *name = xasprintf("without %s", required->items[i]);

		add_group(a, name, &a->missing[i], out);
		free(name);
	}
	if (!campaign_has_fallback(a->campaign))
		buf_add_str(out, "There is no creative for everybody: one without "
		    "when, or with fallback = yes.\n");
}

static void
add_fields(const struct audience *a, struct buf *out)
{
	const struct target_fields *f = where_fields(a->where);
	bool any = false;
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->list[i].type == TARGET_ANY)
			continue;
		if (!any)
			buf_printf(out, "\n%-*s %-13s %11s %7s\n", NAME_WIDTH,
			    "field", "read as", "without", "wrong");
		any = true;
		buf_printf(out, "%-*s %-13s %11zu %7zu", NAME_WIDTH,
		    f->list[i].name, target_type_name(f->list[i].type),
		    a->fields[i].without, a->fields[i].wrong.n);
		add_examples(&a->fields[i].wrong, out);
	}
}

void
audience_print(const struct audience *a, double seconds, struct buf *out)
{
	char now[32];

	clock_minute(now, sizeof(now), a->now_ms);
	buf_printf(out, "%s, as of %s UTC: ", a->campaign->name, now);
	if (a->matched != a->recipients)
		buf_printf(out, "%zu of ", a->matched);
	buf_printf(out, "%zu recipients\n", a->recipients);
	if (a->refused)
		buf_printf(out, "Not to be sent now: %s.\n", a->refused);
	buf_add_char(out, '\n');
	add_creatives(a, out);
	add_others(a, out);
	add_fields(a, out);
	if (a->unusable.n) {
		buf_printf(out, "\nrecords with fields that are no variables: "
		    "%zu", a->unusable.n);
		add_examples(&a->unusable, out);
	}
	buf_printf(out, "\nNothing was sent.  Records read: %zu in %.1f s.\n",
	    a->recipients, seconds);
}

static void
add_count(struct json *at, const char *name, size_t n)
{
	json_add_int(at, name, (int64_t)n);
}

static void
json_examples(struct json *at, const struct audience_group *g)
{
	struct json *list = json_add_list(at, "examples"), *one;
	size_t i;

	for (i = 0; i < g->n && i < AUDIENCE_EXAMPLES; i++) {
		one = json_add_object(list, NULL);
		json_add_text(one, "address", slice_of(g->examples[i].address));
		if (g->examples[i].value)
			json_add_text(
			    one, "value", slice_of(g->examples[i].value));
	}
}

static void
json_creatives(const struct audience *a, struct json *at)
{
	const struct creative *r = a->campaign->creatives.items;
	struct json *list = json_add_list(at, "creatives"), *one;
	size_t i;

	for (i = 0; i < a->campaign->creatives.n; i++) {
		one = json_add_object(list, NULL);
		json_add_text(one, "name", slice_of(r[i].name));
		add_count(one, "recipients", a->chosen[i]);
		if (r[i].target)
			json_add_text(one, "when", slice_of(r[i].when));
		json_add_bool(one, "fallback", r[i].fallback);
	}
}

static void
json_group(
    struct json *at, const char *name, const struct audience_group *g)
{
	struct json *group = json_add_object(at, name);

	add_count(group, "recipients", g->n);
	json_examples(group, g);
}

static void
json_missing(const struct audience *a, struct json *at)
{
	const struct setting_list *required = &a->campaign->required;
	struct json *missing = json_add_object(at, "missing");
	size_t i;

	for (i = 0; i < required->n; i++)
		json_group(missing, required->items[i], &a->missing[i]);
}

static void
json_fields(const struct audience *a, struct json *at)
{
	const struct target_fields *f = where_fields(a->where);
	struct json *list = json_add_list(at, "fields"), *one;
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->list[i].type == TARGET_ANY)
			continue;
		one = json_add_object(list, NULL);
		json_add_text(one, "name", slice_of(f->list[i].name));
		json_add_text(one, "type",
		    slice_of(target_type_name(f->list[i].type)));
		add_count(one, "without", a->fields[i].without);
		add_count(one, "wrong", a->fields[i].wrong.n);
		json_examples(one, &a->fields[i].wrong);
	}
}

void
audience_json(const struct audience *a, double seconds, struct buf *out)
{
	struct json *root = json_begin();

	json_add_text(root, "campaign", slice_of(a->campaign->name));
	json_add_int(root, "now_ms", a->now_ms);
	if (a->refused)
		json_add_text(root, "refused", slice_of(a->refused));
	add_count(root, "recipients", a->recipients);
	add_count(root, "matched", a->matched);
	add_count(root, "adverts", audience_adverts(a));
	json_creatives(a, root);
	json_group(root, "suppressed", &a->suppressed);
	json_group(root, "no_creative", &a->nobody);
	json_missing(a, root);
	json_fields(a, root);
	json_group(root, "unusable_fields", &a->unusable);
	json_add_real(root, "seconds", seconds);
	json_end(&root, out);
}
