#include "policyd/holds.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/fleet/report.h"
#include "policyd/orders.h"

struct holds {
	struct orders *orders; /* by campaign */
};

static void
look(void *ctx)
{
	(void)ctx; /* a hold is looked up with each stub */
}

bool
holds_find(const struct holds *h, const char *campaign, struct hold *out_r)
{
	const char *text = orders_find(h->orders, campaign);

	return text && hold_read(text, out_r) == 0;
}

bool
holds_next(const struct holds *h, size_t *pos, struct slice *campaign_r,
    struct hold *out_r)
{
	const char *text;

	while (orders_next(h->orders, pos, campaign_r, &text))
		if (hold_read(text, out_r) == 0)
			return true;
	return false;
}

void
holds_order(struct holds *h, const char *campaign, const struct hold *hold)
{
	struct hold now;
	struct buf text = {0};

	if (hold)
		hold_write(&text, hold);
	if (hold)
		log_info("campaign=%s %s by an admin reason=\"%s\"", campaign,
		    hold_kind_name(hold->kind), hold->reason);
	else if (holds_find(h, campaign, &now))
		log_info("campaign=%s goes on", campaign);
	orders_give(h->orders, campaign, hold ? text.data : NULL);
	buf_free(&text);
}

bool
holds_kept(const struct holds *h)
{
	return orders_kept(h->orders);
}

void
holds_load(struct holds *h)
{
	orders_load(h->orders);
}

void
holds_report(const struct holds *h, struct buf *out)
{
	struct slice campaign;
	struct hold hold;
	size_t at = 0;
	int n = 0;

	while (n < REPORT_HELD_MAX && holds_next(h, &at, &campaign, &hold))
		report_held_write(out, n++, campaign, &hold);
}

struct holds *
holds_new(struct policyd *p)
{
	struct holds *h = xcalloc(1, sizeof(*h));

	h->orders = orders_new(p, "held", look, h);
	return h;
}

void
holds_free(struct holds **hp)
{
	struct holds *h = *hp;

	if (!h)
		return;
	*hp = NULL;
	orders_free(&h->orders);
	free(h);
}
