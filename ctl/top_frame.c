#include "config.h"

#include "ctl/top_frame.h"

#include <stdio.h>

#include "ctl/fleet.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/utf8.h"

#define WIDE 100 /* columns from which there is room for more */

/* As many columns as the screen has; a character is one. */
static const char *
fit(struct arena *arena, const char *text, int columns)
{
	struct slice s = slice_of(text);
	size_t at = 0, n;
	int used = 0;

	while (at < s.len && used < columns) {
		n = utf8_sequence(
		    (const unsigned char *)s.data + at, s.len - at);
		at += n ? n : 1;
		used++;
	}
	return at == s.len ? text : arena_strndup(arena, text, at);
}

static void __attribute__((format(printf, 5, 6)))
add(struct top_frame *f, struct overview *o, int columns, enum top_look look,
    const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	if (f->n == TOP_LINES_MAX)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	f->lines[f->n++] = (struct top_line){look,
	    fit(o->arena, arena_strdup(o->arena, text.data), columns)};
	buf_free(&text);
}

static enum top_look
look_of(enum overview_level level)
{
	static const enum top_look looks[] = {LOOK_GOOD, LOOK_WARN, LOOK_BAD};

	return looks[level];
}

static void
add_seconds(struct buf *out, struct slice row, const char *name)
{
	if (fleet_field(row, name).len)
		buf_printf(out, " %6.1f", fleet_number(row, name) / 1000);
	else
		buf_printf(out, " %6s", "-");
}

static void
add_ejection(struct buf *out, struct slice row)
{
	struct slice why = fleet_field(row, "ejected_why");
	char when[32];

	if (fleet_number(row, "ejections") < 1) {
		buf_printf(out, " %4s", "-");
		return;
	}
	clock_minute(when, sizeof(when),
	    (int64_t)fleet_number(row, "ejected_ms"));
	buf_printf(out, " %4.0f  %.*s %s", fleet_number(row, "ejections"),
	    (int)why.len, why.data, when + 11);
}

static void
add_gateway(struct top_frame *f, struct overview *o, int columns,
    struct slice row)
{
	struct slice id = fleet_field(row, "id");
	struct slice state = fleet_field(row, "state");
	bool live = slice_eq_str(state, "live");
	char size[32], rate[32];
	struct buf text = {0};

	text_human_bytes(size, sizeof(size),
	    (int64_t)fleet_number(row, "queue_bytes"));
	text_human_bytes(rate, sizeof(rate),
	    (int64_t)fleet_number(row, "drain_bytes_per_s"));
	buf_printf(&text, "%-12.*s %-8.*s %5.0f %8s %6.0f %6.0f %5.0f %4.0f",
	    (int)id.len, id.data, (int)state.len, state.data,
	    fleet_number(row, "queue_messages"), size,
	    fleet_number(row, "minute_relayed"),
	    fleet_number(row, "minute_sent"),
	    fleet_number(row, "minute_deferred"),
	    fleet_number(row, "minute_bounced"));
	add_seconds(&text, row, "minute_p50_ms");
	add_seconds(&text, row, "minute_p99_ms");
	if (columns >= WIDE)
		buf_printf(&text, " %9s/s %3.0f%%", rate,
		    fleet_number(row, "cpu") * 100);
	add_ejection(&text, row);
	add(f, o, columns, live ? LOOK_PLAIN : slice_eq_str(state, "drained") ?
	    LOOK_WARN : LOOK_BAD, "%s", text.data);
	buf_free(&text);
}

static void
add_head(struct top_frame *f, struct overview *o, int columns)
{
	struct slice r = overview_rates(o);
	char now[32], size[32];

	clock_milli(now, sizeof(now), o->now_ms);
	now[19] = '\0';
	add(f, o, columns, look_of(o->level), "nearpost %-9s %s UTC   %d of %d "
	    "gateways live%s", overview_level_name(o->level), now,
	    overview_count(o, "live"), overview_count(o, NULL),
	    slice_eq_str(policy_get(&o->ping, "redis"), "ok") ? "" :
	    ", Redis down");
	text_human_bytes(size, sizeof(size),
	    (int64_t)overview_sum(o, "queue_bytes"));
	add(f, o, columns, LOOK_PLAIN, "minute: %.0f relayed, %.0f delivered, "
	    "%.0f deferred, %.0f bounced, %.0f put off",
	    fleet_number(r, "minute_relayed"), fleet_number(r, "minute_sent"),
	    fleet_number(r, "minute_deferred"),
	    fleet_number(r, "minute_bounced"),
	    fleet_number(r, "minute_put_off"));
	if (fleet_field(r, "minute_p50_ms").len)
		add(f, o, columns, LOOK_PLAIN, "queued: %.0f adverts, %s   to "
		    "the recipient: half in %.1f s, 99%% in %.1f s",
		    overview_sum(o, "queue_messages"), size,
		    fleet_number(r, "minute_p50_ms") / 1000,
		    fleet_number(r, "minute_p99_ms") / 1000);
	else
		add(f, o, columns, LOOK_PLAIN, "queued: %.0f adverts, %s   "
		    "nothing arrived in the last minute",
		    overview_sum(o, "queue_messages"), size);
}

static void
add_problems(struct top_frame *f, struct overview *o, int columns, int room)
{
	for (size_t i = 0; i < o->n_problems && (int)i < room; i++)
		add(f, o, columns, look_of(o->problems[i].level), "! %s",
		    o->problems[i].text);
	if ((int)o->n_problems > room)
		add(f, o, columns, LOOK_WARN, "! and %d more: nearpostctl "
		    "status", (int)o->n_problems - room);
}

static void
add_gateways(struct top_frame *f, struct overview *o, int columns, int room)
{
	int all = overview_count(o, NULL), n;
	struct slice row;

	add(f, o, columns, LOOK_HEAD, "%-12s %-8s %5s %8s %6s %6s %5s %4s %6s "
	    "%6s%s %4s", "gateway", "state", "queue", "size", "relay/",
	    "sent/m", "def/m", "bnc", "p50 s", "p99 s", columns >= WIDE ?
	    "        rate  cpu" : "", "ejec");
	if (all > room)
		room--;
	for (n = 0; n < room &&
	    fleet_row(o->arena, &o->gateways, "gateway", n, &row); n++)
		add_gateway(f, o, columns, row);
	if (all > room)
		add(f, o, columns, LOOK_PLAIN, "... and %d more: nearpostctl "
		    "gateways", all - room);
}

void
top_frame(struct overview *o, int rows, int columns, struct top_frame *out_r)
{
	int problems;

	out_r->n = 0;
	if (rows <= 0)
		rows = TOP_LINES_MAX;
	if (!o->answered) {
		add_problems(out_r, o, columns, 1);
		return;
	}
	add_head(out_r, o, columns);
	/* A third of the screen at most, and a line above and below. */
	problems = (int)o->n_problems < rows / 3 ? (int)o->n_problems :
	    rows / 3;
	if (problems > 0)
		add_problems(out_r, o, columns, problems);
	add(out_r, o, columns, LOOK_PLAIN, "%s", "");
	add_gateways(out_r, o, columns, rows - out_r->n - 2);
}
