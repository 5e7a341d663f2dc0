/* Rows of gateways and sites.  They are written as people read them in
 * redis-cli: a field says its unit, times are wall-clock milliseconds. */
#include "lib/fleet/schema_field.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "lib/base/text.h"

#define RATE_MAX 1e12
#define RTT_US_MAX 60e6
#define SESSION_MS_MAX 86400e3
#define CLOCK_MS_MAX ((int64_t)1 << 53)

int64_t
schema_to_wall(const struct schema_now *now, double mono_s)
{
	return now->wall_ms - (int64_t)((now->mono_s - mono_s) * 1000);
}

double
schema_to_mono(const struct schema_now *now, int64_t wall_ms)
{
	double age_s = (double)(now->wall_ms - wall_ms) / 1000;

	return age_s > 0 ? now->mono_s - age_s : now->mono_s;
}

static void
add_number(struct command *c, const char *name, double value, int digits)
{
	command_add(c, name);
	command_addf(c, "%.*f", digits, value);
}

static void
add_time(struct command *c, const char *name, const struct schema_now *now,
    double mono_s)
{
	command_add(c, name);
	command_addf(c, "%" PRId64, schema_to_wall(now, mono_s));
}

double
schema_read_number(const struct reply *r, const char *name, double fallback,
    double min, double max)
{
	const char *text = reply_field(r, name);
	double value;

	if (!text || text_double(slice_of(text), min, max, &value) != 0)
		return fallback;
	return value;
}

int64_t
schema_read_int(const struct reply *r, const char *name, int64_t fallback,
    int64_t max)
{
	const char *text = reply_field(r, name);
	int64_t value;

	if (!text || text_int(slice_of(text), 0, max, &value) != 0)
		return fallback;
	return value;
}

static void
add_clock(struct command *c, const struct clock_offset *clock)
{
	int64_t round_ms, offset_ms = clock_offset_ms(clock, &round_ms);

	if (round_ms < 0)
		return;
	command_add(c, "clock_offset_ms");
	command_addf(c, "%" PRId64, offset_ms);
	command_add(c, "clock_round_ms");
	command_addf(c, "%" PRId64, round_ms);
}

static void
add_digests(struct command *c, const struct gateway *g)
{
	struct buf list = {0};
	int i;

	for (i = 0; i < g->n_digests; i++)
		buf_printf(&list, "%s%s", i ? "," : "", g->digests[i]);
	command_add(c, "assets");
	command_add_slice(c, slice_buf(&list));
	buf_free(&list);
}

void
schema_gateway_write(struct command commands_r[SCHEMA_GATEWAY_COMMANDS],
    struct arena *arena, const char *prefix, const struct gateway *g,
    const struct schema_now *now)
{
	const struct score_gateway *s = &g->state;
	struct command *c = &commands_r[0];

	command_init(c, arena, "HSET");
	command_addf(c, "%sgw:{%s}", prefix, g->id);
	command_add(c, "host");
	command_addf(c, "%s", g->host);
	add_number(c, "nominal_bytes_per_s", g->nominal_bytes_per_s, 0);
	add_number(c, "drain_bytes_per_s", g->drain_bytes_per_s, 0);
	add_number(c, "deferral_probability", s->deferral_probability, 4);
	add_number(c, "rtt_mean_us", g->rtt_mean_s * 1e6, 0);
	add_number(c, "queue_bytes", (double)g->queue_bytes, 0);
	add_number(c, "queue_messages", (double)g->queue_messages, 0);
	add_number(c, "in_flight", (double)g->in_flight, 0);
	add_number(c, "booked_bytes", g->unaccepted_bytes, 0);
	add_number(c, "booked_messages", (double)g->unaccepted_n, 0);
	add_number(c, "accepted_messages", (double)g->accepted_messages, 0);
	add_number(c, "sent_bytes", (double)g->sent_bytes, 0);
	add_number(c, "cpu", g->cpu, 3);
	command_add(c, "event_seq");
	command_addf(c, "%" PRId64, taken_highest(&g->events));
	add_time(c, "busy_until_ms", now, s->busy_until_s);
	if (s->reported)
		add_time(c, "last_report_ms", now, s->last_report_s);
	if (s->reuses_connections)
		add_number(c, "reuses_connections", 1, 0);
	add_clock(c, &g->clock);
	add_digests(c, g);
	schema_prediction_write(c, "", &g->prediction);
	c = &commands_r[1];
	command_init(c, arena, "EXPIRE");
	command_addf(c, "%sgw:{%s}", prefix, g->id);
	command_addf(c, "%d", SCHEMA_GATEWAY_TTL_S);
	c = &commands_r[2];
	command_init(c, arena, "SADD");
	command_addf(c, "%sgateways", prefix);
	command_addf(c, "%s", g->id);
}

void
schema_gateway_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *id)
{
	command_init(c_r, arena, "HGETALL");
	command_addf(c_r, "%sgw:{%s}", prefix, id);
}

static void
read_clock(const struct reply *r, struct clock_offset *clock)
{
	const char *offset = reply_field(r, "clock_offset_ms");
	int64_t offset_ms, round_ms;

	round_ms = schema_read_int(r, "clock_round_ms", -1, CLOCK_MS_MAX);
	if (offset && round_ms >= 0 &&
	    text_int(slice_of(offset), -CLOCK_MS_MAX, CLOCK_MS_MAX,
		&offset_ms) == 0)
		clock_offset_restore(clock, offset_ms, round_ms);
}

void
schema_gateway_read(const struct reply *r, struct gateway *g)
{
	double nominal = g->nominal_bytes_per_s;

	schema_prediction_read(r, "", &g->prediction);
	taken_restore(
	    &g->events, schema_read_int(r, "event_seq", 0, INT64_MAX));
	if (g->rtt_mean_s <= 0)
		g->rtt_mean_s =
		    schema_read_number(r, "rtt_mean_us", 0, 0, RTT_US_MAX) / 1e6;
	if (g->state.deferral_probability <= 0)
		g->state.deferral_probability =
		    schema_read_number(r, "deferral_probability", 0, 0, 1);
	if (schema_read_number(r, "reuses_connections", 0, 0, 1) > 0)
		g->state.reuses_connections = true;
	read_clock(r, &g->clock);
	/* Only while nothing was learned here. */
	if (g->drain_bytes_per_s >= nominal) /* the start value */
		g->drain_bytes_per_s = schema_read_number(
		    r, "drain_bytes_per_s", nominal, nominal / 100, RATE_MAX);
}

static void
pair_field(char *dst, size_t size, const char *id, const char *field)
{
	(void)snprintf(dst, size, "%s:%s", id, field);
}

static void
write_pair(struct command *c, const char *id, const struct pair *p,
    const struct schema_now *now)
{
	const struct {
		const char *name, *at_name;
		double value, at_s;
		int digits;
	} fields[] = {
	    {"rtt_us", "rtt_at_ms", (double)p->rtt_s * 1e6, p->rtt_at_s, 0},
	    {"deferral_probability", "deferral_at_ms",
		(double)p->deferral_probability, p->deferral_at_s, 4},
	    {"limit_per_s", "limit_at_ms", (double)p->limit_per_s,
		p->limit_at_s, 3},
	    {"session_ms", NULL, (double)p->session_s * 1e3, 0, 0},
	    {"log_extra_us", NULL, (double)p->log_extra_s * 1e6, 0, 0},
	};
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].value <= 0)
			continue;
		pair_field(name, sizeof(name), id, fields[i].name);
		command_addf(c, "%s", name);
		command_addf(c, "%.*f", fields[i].digits, fields[i].value);
		if (!fields[i].at_name)
			continue;
		pair_field(name, sizeof(name), id, fields[i].at_name);
		command_addf(c, "%s", name);
		command_addf(c, "%" PRId64, schema_to_wall(now, fields[i].at_s));
	}
}

void
schema_site_write(struct command commands_r[SCHEMA_SITE_COMMANDS],
    struct arena *arena, const char *prefix, const struct site *s,
    const struct gateways *gateways, const struct schema_now *now)
{
	struct command *c = &commands_r[0];
	struct buf hosts = {0};
	unsigned k;
	int i;

	for (i = 0; i < s->n_hosts; i++)
		buf_printf(&hosts, "%s%s", i ? "," : "", s->hosts[i]);
	command_init(c, arena, "HSET");
	command_addf(c, "%ssite:{%s}", prefix, s->name);
	command_add(c, "hosts");
	command_add_slice(c, slice_buf(&hosts));
	buf_free(&hosts);
	add_time(c, "last_used_ms", now, s->last_used_s);
	if (s->limit.limit_per_s > 0) {
		add_number(c, "limit_per_s", s->limit.limit_per_s, 3);
		add_time(c, "limit_at_ms", now, s->limit.limit_at_s);
	}
	for (k = 0; k < s->n_pairs; k++) {
		const struct gateway *g = gateways->slot[s->pairs[k].gateway];

		if (g)
			write_pair(c, g->id, &s->pairs[k], now);
	}
	schema_receipts_write(c, s, gateways, now);
	c = &commands_r[1];
	command_init(c, arena, "EXPIRE");
	command_addf(c, "%ssite:{%s}", prefix, s->name);
	command_addf(c, "%d", SCHEMA_SITE_TTL_S);
}

void
schema_site_load(struct command *c_r, struct arena *arena, const char *prefix,
    const char *name)
{
	command_init(c_r, arena, "HGETALL");
	command_addf(c_r, "%ssite:{%s}", prefix, name);
}

static double
pair_number(const struct reply *r, const char *id, const char *field,
    double max)
{
	char name[64];

	pair_field(name, sizeof(name), id, field);
	return schema_read_number(r, name, 0, 0, max);
}

static double
pair_time(const struct reply *r, const char *id, const char *field,
    const struct schema_now *now)
{
	char name[64];

	pair_field(name, sizeof(name), id, field);
	return schema_to_mono(now, schema_read_int(r, name, 0, WALL_MS_MAX));
}

static void
read_pair(const struct reply *r, const char *id, const struct schema_now *now,
    struct pair *p)
{
	double rtt_us = pair_number(r, id, "rtt_us", RTT_US_MAX);

	if (p->rtt_s <= 0 && rtt_us > 0) {
		p->rtt_s = (float)(rtt_us / 1e6);
		p->rtt_at_s = pair_time(r, id, "rtt_at_ms", now);
		p->source = RTT_LOADED;
		/* It may have been a probe. */
		p->probed_s = fmax(p->probed_s, fmin(p->rtt_at_s, now->mono_s));
	}
	if (p->deferral_probability <= 0) {
		p->deferral_probability =
		    (float)pair_number(r, id, "deferral_probability", 1);
		p->deferral_at_s = pair_time(r, id, "deferral_at_ms", now);
	}
	if (p->limit_per_s <= 0) {
		p->limit_per_s =
		    (float)pair_number(r, id, "limit_per_s", RATE_MAX);
		p->limit_at_s = pair_time(r, id, "limit_at_ms", now);
	}
	if (p->session_s <= 0)
		p->session_s = (float)(pair_number(r, id, "session_ms",
					   SESSION_MS_MAX) /
		    1e3);
	if (p->log_extra_s <= 0)
		p->log_extra_s = (float)(pair_number(r, id, "log_extra_us",
					     RTT_US_MAX) /
		    1e6);
}

static bool
has_pair(const struct reply *r, const char *id)
{
	static const char *const names[] = {
	    "rtt_us", "deferral_probability", "limit_per_s", "session_ms"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (pair_number(r, id, names[i], RATE_MAX) > 0)
			return true;
	return false;
}

void
schema_site_read(const struct reply *r, const struct schema_now *now,
    const struct gateways *gateways, struct sites *sites, struct site *s)
{
	int slot;

	if (r->type != REPLY_LIST || r->n == 0)
		return;
	for (slot = 0; slot < gateways->n_slots; slot++) {
		const struct gateway *g = gateways->slot[slot];

		if (g && has_pair(r, g->id))
			read_pair(r, g->id, now, sites_pair(sites, s, slot));
	}
	schema_receipts_read(r, now, gateways, sites, s);
	if (s->limit.limit_per_s <= 0) {
		s->limit.limit_per_s =
		    schema_read_number(r, "limit_per_s", 0, 0, RATE_MAX);
		s->limit.limit_at_s =
		    schema_to_mono(now, schema_read_int(r, "limit_at_ms", 0, WALL_MS_MAX));
	}
}

void
schema_mean_bytes_write(struct command *c_r, struct arena *arena,
    const char *prefix, double mean_bytes)
{
	command_init(c_r, arena, "SET");
	command_addf(c_r, "%smean_bytes", prefix);
	command_addf(c_r, "%.0f", mean_bytes);
}

void
schema_mean_bytes_load(
    struct command *c_r, struct arena *arena, const char *prefix)
{
	command_init(c_r, arena, "GET");
	command_addf(c_r, "%smean_bytes", prefix);
}
