/* Counters per gateway would be less to carry.  But a counter cannot say which
 * mail it counted: acceptances come as a number from the gateway, deliveries by
 * ticket, undoing by ticket, and a crashed policyd would leave its part behind
 * for ever.  With the bookings themselves every policyd has the same picture,
 * and what repairs one repairs all. */
#include "lib/fleet/shared.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/base/codec.h"
#include "lib/base/text.h"

#define BYTES_MAX 1e12
#define SLACK_S 0.005 /* wall clocks are read in milliseconds */
#define TOOK ";took_ms="
#define CLOCK_SKEW_S 5.0 /* of another host; what is older counts as so old */

void
shared_write_booking(struct buf *out, const struct shared_booking *b)
{
	hex_encode(out, b->id, BOOKING_ID_SIZE);
	buf_printf(out, " %s %.0f %" PRId64 " %s", b->gateway, b->bytes,
	    b->at_ms, b->site ? b->site : "-");
	if (b->predicted_ms >= 0)
		buf_printf(out, " %" PRId64, b->predicted_ms);
}

void
shared_write_undo(struct buf *out, const unsigned char id[BOOKING_ID_SIZE])
{
	hex_encode(out, id, BOOKING_ID_SIZE);
}

int
shared_read_booking(struct arena *arena, struct slice text,
    struct shared_booking *out_r)
{
	struct slice id, gateway, bytes, at, site, predicted;

	*out_r = (struct shared_booking){.predicted_ms = -1};
	if (!slice_split(&text, ' ', &id) ||
	    !slice_split(&text, ' ', &gateway) ||
	    !slice_split(&text, ' ', &bytes) || !slice_split(&text, ' ', &at) ||
	    booking_id(id, out_r->id) != 0 || !address_id_ok(gateway) ||
	    gateway.len >= sizeof(out_r->gateway) ||
	    text_double(bytes, 0, BYTES_MAX, &out_r->bytes) != 0 ||
	    text_int(at, 0, INT64_MAX, &out_r->at_ms) != 0 ||
	    !slice_split(&text, ' ', &site) || site.len == 0 ||
	    memchr(site.data, '\0', site.len))
		return -1;
	memcpy(out_r->gateway, gateway.data, gateway.len);
	if (!slice_eq_str(site, "-"))
		out_r->site = arena_strndup(arena, site.data, site.len);
	/* A booking counts whatever was said to it. */
	if (!slice_split(&text, ' ', &predicted) ||
	    text_int(predicted, 0, PREDICTION_MAX_MS, &out_r->predicted_ms) !=
		0)
		out_r->predicted_ms = -1;
	return 0;
}

/* The gateway's report may be here before the booking. */
static void
settle_late(struct gateway *g, double age_s, double now_s)
{
	if (g->accepted_surplus > 0 &&
	    age_s + SLACK_S >= now_s - g->state.last_report_s)
		bookings_late(g);
}

void
shared_book(struct fleet *f, const struct shared_booking *b, int64_t wall_ms,
    double now_s)
{
	struct gateway *g = gateway_find(&f->gateways, b->gateway);
	double age_s = (double)(wall_ms - b->at_ms) / 1000;
	double old_s = age_s > CLOCK_SKEW_S ? age_s : 0;
	struct site *site;

	/* A line may come twice. */
	if (!g || booking_known(&f->bookings, b->id))
		return;
	fleet_predicted(f, b->id, g->slot, b->predicted_ms);
	if (age_s > BOOKING_LIFETIME_S)
		return;
	site = b->site ? site_find(&f->sites, b->site) : NULL;
	if (old_s > 0)
		fleet_rebook(f, b->id, g->slot, site, b->bytes, now_s - old_s);
	else
		fleet_book_other(
		    f, b->id, g->slot, site, b->bytes, now_s);
	settle_late(g, age_s, now_s);
}

void
shared_undo(struct fleet *f, struct slice text, double now_s)
{
	unsigned char id[BOOKING_ID_SIZE];

	if (booking_id(text, id) == 0)
		(void)fleet_unbook(f, id, now_s);
}

void
shared_done(struct fleet *f, const struct gateway *g, const char *ticket,
    double now_s)
{
	unsigned char id[BOOKING_ID_SIZE];

	if (booking_id(slice_of(ticket), id) == 0)
		booking_done(&f->bookings, &f->gateways, &f->sites, id,
		    g->slot, now_s);
}

void
shared_write_event(struct buf *out, const char *gateway_id,
    struct slice event, int64_t took_ms)
{
	buf_printf(out, "%s ", gateway_id);
	buf_add_slice(out, event);
	buf_printf(out, TOOK "%" PRId64, took_ms);
}

/* Takes it off the end of the event. */
static int64_t
take_took(struct slice *event)
{
	const char *at = event->len
	    ? memrchr(event->data, TOOK[0], event->len) : NULL;
	struct slice last;
	int64_t ms;

	if (!at)
		return -1;
	last = (struct slice){at, (size_t)(event->data + event->len - at)};
	if (last.len < strlen(TOOK) || memcmp(at, TOOK, strlen(TOOK)) != 0)
		return -1;
	event->len -= last.len;
	last.data += strlen(TOOK);
	last.len -= strlen(TOOK);
	return text_int(last, 0, INT64_MAX, &ms) == 0 ? ms : -1;
}

struct gateway *
shared_event(const struct fleet *f, struct slice text, struct slice *event_r,
    int64_t *took_ms_r)
{
	char id[ADDRESS_ID_MAX + 1] = "";
	struct slice gateway;

	if (!slice_split(&text, ' ', &gateway) || !address_id_ok(gateway))
		return NULL;
	memcpy(id, gateway.data, gateway.len);
	*took_ms_r = take_took(&text);
	*event_r = text;
	return gateway_find(&f->gateways, id);
}

static void
stream_key(struct command *c, const char *prefix, const char *daemon)
{
	command_addf(c, "%sbookings:{%s}", prefix, daemon);
}

void
shared_append(struct command commands_r[2], struct arena *arena,
    const char *prefix, const char *daemon, const struct shared_line *lines,
    size_t n, int64_t now_ms, int64_t oldest_ms)
{
	struct command *c = &commands_r[0];
	int64_t too_old_ms = now_ms - (int64_t)SHARED_TTL_S * 1000;
	size_t i;

	if (oldest_ms < too_old_ms)
		oldest_ms = too_old_ms;

	command_init(c, arena, "XADD");
	stream_key(c, prefix, daemon);
	command_add(c, "MINID");
	command_add(c, "~");
	command_addf(c, "%" PRId64, oldest_ms > 0 ? oldest_ms : 0);
	command_add(c, "*");
	for (i = 0; i < n; i++) {
		command_add(c, lines[i].kind);
		command_add_slice(c, lines[i].text);
	}
	c = &commands_r[1];
	command_init(c, arena, "EXPIRE");
	stream_key(c, prefix, daemon);
	command_addf(c, "%d", SHARED_TTL_S);
}

void
shared_follow(struct command *c_r, struct arena *arena, const char *prefix,
    const char *daemon, const char *after)
{
	command_init(c_r, arena, "XREAD");
	command_add(c_r, "COUNT");
	command_addf(c_r, "%d", SHARED_PAGE);
	command_add(c_r, "STREAMS");
	stream_key(c_r, prefix, daemon);
	command_addf(c_r, "%s", after);
}

const struct reply *
shared_entries(const struct reply *r)
{
	if (r->type != REPLY_LIST || r->n != 1 ||
	    r->items[0].type != REPLY_LIST || r->items[0].n != 2 ||
	    r->items[0].items[1].type != REPLY_LIST)
		return NULL;
	return &r->items[0].items[1];
}

void
shared_heartbeat(struct command commands_r[SHARED_HEARTBEAT_COMMANDS],
    struct arena *arena, const char *prefix, const char *daemon,
    int64_t now_ms)
{
	int64_t gone_ms = now_ms - (int64_t)SHARED_DAEMONS_TTL_S * 1000;
	struct command *c = commands_r;

	command_init(c, arena, "ZADD");
	command_addf(c, "%sdaemons", prefix);
	command_addf(c, "%" PRId64, now_ms);
	command_addf(c++, "%s", daemon);
	command_init(c, arena, "EXPIRE");
	command_addf(c, "%sdaemons", prefix);
	command_addf(c++, "%d", SHARED_DAEMONS_TTL_S);
	command_init(c, arena, "ZREMRANGEBYSCORE");
	command_addf(c, "%sdaemons", prefix);
	command_add(c, "-inf");
	command_addf(c++, "%" PRId64, gone_ms);
	command_init(c, arena, "ZRANGEBYSCORE");
	command_addf(c, "%sdaemons", prefix);
	command_add(c, "-inf");
	command_add(c, "+inf");
	command_add(c, "WITHSCORES");
}
