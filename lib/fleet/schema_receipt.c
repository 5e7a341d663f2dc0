/* Mean and quantiles are there for people; what is read again is the histogram
 * they were made of. */
#include "lib/fleet/schema_field.h"

#include <stdio.h>

#define SECONDS_MAX (30 * 86400.0)

static const char *
full_name(char name[80], const char *prefix, const char *field)
{
	(void)snprintf(name, 80, "%s%s", prefix, field);
	return name;
}

static void
add(struct command *c, const char *prefix, const char *field, double value,
    int digits)
{
	char name[80];

	command_addf(c, "%s", full_name(name, prefix, field));
	command_addf(c, "%.*f", digits, value);
}

static double
number(const struct reply *r, const char *prefix, const char *field,
    double min, double max)
{
	char name[80];

	return schema_read_number(
	    r, full_name(name, prefix, field), 0, min, max);
}

void
schema_prediction_write(struct command *c, const char *prefix,
    const struct prediction_error *e)
{
	if (e->n == 0)
		return;
	add(c, prefix, "prediction_n", e->n, 0);
	add(c, prefix, "prediction_error_ms", (double)e->mean_s * 1e3, 0);
	add(c, prefix, "prediction_error_relative", (double)e->relative, 3);
}

void
schema_prediction_read(const struct reply *r, const char *prefix,
    struct prediction_error *e)
{
	if (e->n > 0)
		return;
	e->n = (uint32_t)number(r, prefix, "prediction_n", 0, RECEIPT_RECENT);
	e->mean_s = (float)(number(r, prefix, "prediction_error_ms",
				-SECONDS_MAX * 1e3, SECONDS_MAX * 1e3) /
	    1e3);
	e->relative = (float)number(
	    r, prefix, "prediction_error_relative", 0, 1e9);
}

void
schema_receipts_write(struct command *c, const struct site *s,
    const struct gateways *gateways, const struct schema_now *now)
{
	const struct receipt *r;

	for (r = s->receipts; r; r = r->next) {
		const struct gateway *g = gateways->slot[r->gateway];
		char prefix[20], name[80];
		struct buf text = {0};

		if (!g)
			continue;
		(void)snprintf(prefix, sizeof(prefix), "%s:", g->id);
		add(c, prefix, "receipt_n", r->n, 0);
		add(c, prefix, "receipt_mean_ms", (double)r->mean_s * 1e3, 0);
		add(c, prefix, "receipt_p50_ms",
		    receipt_quantile(r, 0.5) * 1e3, 0);
		add(c, prefix, "receipt_p99_ms",
		    receipt_quantile(r, 0.99) * 1e3, 0);
		add(c, prefix, "receipt_at_ms",
		    (double)schema_to_wall(now, r->at_s), 0);
		schema_prediction_write(c, prefix, &r->error);
		receipt_buckets_write(&text, r);
		command_addf(c, "%s",
		    full_name(name, prefix, "receipt_buckets"));
		command_add_slice(c, slice_buf(&text));
		buf_free(&text);
	}
}

static void
read_one(const struct reply *r, const char *id, const struct schema_now *now,
    struct sites *sites, struct site *s, int slot)
{
	struct receipt got = {0}, *into;
	char prefix[20], name[80];
	const char *text;

	(void)snprintf(prefix, sizeof(prefix), "%s:", id);
	text = reply_field(r, full_name(name, prefix, "receipt_buckets"));
	if (!text || !receipt_buckets_read(slice_of(text), &got))
		return;
	into = receipts_get(&sites->receipts, &s->receipts, slot,
	    schema_to_mono(now, schema_read_int(r,
		full_name(name, prefix, "receipt_at_ms"), 0, WALL_MS_MAX)));
	memcpy(into->bucket, got.bucket, sizeof(got.bucket));
	into->recent = got.recent;
	into->n = (uint32_t)number(r, prefix, "receipt_n", 0, UINT32_MAX);
	into->mean_s = (float)(number(r, prefix, "receipt_mean_ms", 0,
				   SECONDS_MAX * 1e3) /
	    1e3);
	schema_prediction_read(r, prefix, &into->error);
}

void
schema_receipts_read(const struct reply *r, const struct schema_now *now,
    const struct gateways *gateways, struct sites *sites, struct site *s)
{
	int slot;

	for (slot = 0; slot < gateways->n_slots; slot++)
		if (gateways->slot[slot] && !receipt_find(s->receipts, slot))
			read_one(r, gateways->slot[slot]->id, now, sites, s,
			    slot);
}
