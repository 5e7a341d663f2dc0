/* The table as lines: what is recorded at every change and read at the start.
 *
 *	P ticket queue-id expires eom requested size campaign creative recipient
 *	A ticket size        in the queue          W ticket arrival  deferred
 *	L ticket             lapsed                F ticket  forgotten
 *	D ticket expires     gone from the queue
 */
#include "gateway-agent/claims_table.h"

#include <string.h>

#include "lib/base/text.h"

/* Milliseconds and octets that can be added up without a thought. */
#define NUMBER_MAX ((int64_t)1 << 53)

static bool
word(struct slice *rest, char *dst, size_t size)
{
	struct slice part;

	if (!slice_split(rest, ' ', &part) || part.len == 0 ||
	    part.len >= size || memchr(part.data, '\0', part.len))
		return false;
	memcpy(dst, part.data, part.len);
	dst[part.len] = '\0';
	return true;
}

static bool
word_int(struct slice *rest, int64_t *out_r)
{
	struct slice part;

	return slice_split(rest, ' ', &part) &&
	    text_int(part, 0, NUMBER_MAX, out_r) == 0;
}

static int
replay_claim(struct claims *c, struct slice rest)
{
	struct claim n;

	memset(&n, 0, sizeof(n));
	if (!word(&rest, n.ticket, sizeof(n.ticket)) ||
	    !word(&rest, n.queue_id, sizeof(n.queue_id)) ||
	    !word_int(&rest, &n.expires_ms) || !word_int(&rest, &n.eom_ms) ||
	    !word_int(&rest, &n.requested_ms) ||
	    !word_int(&rest, &n.size_bytes) ||
	    !word(&rest, n.campaign, sizeof(n.campaign)) ||
	    !word(&rest, n.creative, sizeof(n.creative)) ||
	    rest.len >= sizeof(n.recipient) || rest.len == 0 ||
	    memchr(rest.data, '\0', rest.len))
		return -1;
	memcpy(n.recipient, rest.data, rest.len);
	return claims_claim(c, &n) == CLAIM_NEW ? 0 : -1;
}

static int
replay_done(struct claims *c, const char *ticket, struct claim_entry *e,
    struct slice rest)
{
	int64_t expires_ms;

	if (e && e->claim)
		return claims_removed(c, e->claim->queue_id) ? 0 : -1;
	if (e)
		return 0;
	if (!word_int(&rest, &expires_ms) || strlen(ticket) != 32)
		return -1;
	(void)claims_insert(c, ticket, expires_ms);
	return 0;
}

static int
replay_change(struct claims *c, char what, struct slice rest)
{
	char ticket[33];
	struct claim_entry *e;
	int64_t number = -1;
	bool first;

	if (!word(&rest, ticket, sizeof(ticket)))
		return -1;
	e = map_get(c->by_ticket, slice_of(ticket));
	if (what == 'D')
		return replay_done(c, ticket, e, rest);
	if (!e || !e->claim)
		return -1;
	switch (what) {
	case 'A':
		if (rest.len && !word_int(&rest, &number))
			return -1;
		(void)claims_queued(c, e->claim->queue_id, number, &first);
		return 0;
	case 'W':
		if (!word_int(&rest, &number))
			return -1;
		claims_deferred(c, e->claim->queue_id, -1);
		e->claim->arrival_ms = number;
		return 0;
	case 'L':
		claims_set_state(c, e, CLAIM_IS_LAPSED);
		return 0;
	case 'F':
		claims_forget(c, e);
		return 0;
	default:
		return -1;
	}
}

int
claims_replay(struct claims *c, struct slice line)
{
	struct slice rest = {line.data + 2, line.len - 2};
	int rc;

	if (line.len < 3 || line.len > CLAIMS_LINE_MAX || line.data[1] != ' ')
		return -1;
	c->replaying = true;
	if (line.data[0] == 'P')
		rc = replay_claim(c, rest);
	else
		rc = replay_change(c, line.data[0], rest);
	c->replaying = false;
	return rc;
}

void
claims_dump(const struct claims *c, struct buf *out)
{
	const struct claim_entry *e;

	TAILQ_FOREACH(e, &c->order, order) {
		if (!e->claim) {
			buf_printf(out, "D %s %lld\n", e->ticket,
			    (long long)e->expires_ms);
			continue;
		}
		claims_write(out, e->claim);
		buf_add_char(out, '\n');
		if (e->state == CLAIM_IS_LAPSED)
			buf_printf(out, "L %s\n", e->ticket);
		else if (e->state != CLAIM_IS_PENDING)
			buf_printf(out, "A %s %lld\n", e->ticket,
			    (long long)e->claim->size_bytes);
		if (e->state == CLAIM_IS_DEFERRED)
			buf_printf(out, "W %s %lld\n", e->ticket,
			    (long long)e->claim->arrival_ms);
	}
}
