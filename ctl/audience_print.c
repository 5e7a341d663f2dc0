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
	buf_printf(out, "%zu recipients\n\n", a->recipients);
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
json_name(struct buf *out, const char *before, const char *name)
{
	buf_add_str(out, before);
	json_add_string(out, slice_of(name));
	buf_add_char(out, ':');
}

static void
json_number(struct buf *out, const char *before, const char *name, size_t n)
{
	json_name(out, before, name);
	buf_printf(out, "%zu", n);
}

static void
json_string(struct buf *out, const char *before, const char *name,
    const char *value)
{
	json_name(out, before, name);
	json_add_string(out, slice_of(value));
}

static void
json_examples(struct buf *out, const struct audience_group *g)
{
	size_t i;

	json_name(out, ",", "examples");
	buf_add_char(out, '[');
	for (i = 0; i < g->n && i < AUDIENCE_EXAMPLES; i++) {
		buf_add_str(out, i ? "," : "");
		json_string(out, "{", "address", g->examples[i].address);
		if (g->examples[i].value)
			json_string(out, ",", "value", g->examples[i].value);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void
json_creatives(const struct audience *a, struct buf *out)
{
	const struct creative *r = a->campaign->creatives.items;
	size_t i;

	json_name(out, ",", "creatives");
	buf_add_char(out, '[');
	for (i = 0; i < a->campaign->creatives.n; i++) {
		json_string(out, i ? ",{" : "{", "name", r[i].name);
		json_number(out, ",", "recipients", a->chosen[i]);
		if (r[i].target)
			json_string(out, ",", "when", r[i].when);
		json_name(out, ",", "fallback");
		buf_add_str(out, r[i].fallback ? "true}" : "false}");
	}
	buf_add_char(out, ']');
}

static void
json_group(struct buf *out, const char *before, const char *name,
    const struct audience_group *g)
{
	json_name(out, before, name);
	json_number(out, "{", "recipients", g->n);
	json_examples(out, g);
	buf_add_char(out, '}');
}

static void
json_missing(const struct audience *a, struct buf *out)
{
	const struct setting_list *required = &a->campaign->required;
	size_t i;

	json_name(out, ",", "missing");
	for (i = 0; i < required->n; i++)
		json_group(out, i ? "," : "{", required->items[i],
		    &a->missing[i]);
	buf_add_str(out, i ? "}" : "{}");
}

static void
json_fields(const struct audience *a, struct buf *out)
{
	const struct target_fields *f = where_fields(a->where);
	const char *before = "{";
	size_t i;

	json_name(out, ",", "fields");
	buf_add_char(out, '[');
	for (i = 0; i < f->n; i++) {
		if (f->list[i].type == TARGET_ANY)
			continue;
		json_string(out, before, "name", f->list[i].name);
		json_string(out, ",", "type",
		    target_type_name(f->list[i].type));
		json_number(out, ",", "without", a->fields[i].without);
		json_number(out, ",", "wrong", a->fields[i].wrong.n);
		json_examples(out, &a->fields[i].wrong);
		buf_add_char(out, '}');
		before = ",{";
	}
	buf_add_char(out, ']');
}

void
audience_json(const struct audience *a, double seconds, struct buf *out)
{
	json_string(out, "{", "campaign", a->campaign->name);
	json_name(out, ",", "now_ms");
	buf_printf(out, "%lld", (long long)a->now_ms);
	json_number(out, ",", "recipients", a->recipients);
	json_number(out, ",", "matched", a->matched);
	json_number(out, ",", "adverts", audience_adverts(a));
	json_creatives(a, out);
	json_group(out, ",", "suppressed", &a->suppressed);
	json_group(out, ",", "no_creative", &a->nobody);
	json_missing(a, out);
	json_fields(a, out);
	json_group(out, ",", "unusable_fields", &a->unusable);
	json_name(out, ",", "seconds");
	buf_printf(out, "%.3f}\n", seconds);
}
