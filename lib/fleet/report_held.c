#include <stdio.h>
#include <stdlib.h>

#include "lib/fleet/report.h"
#include "lib/mail/campaign.h"

void
report_held_write(struct buf *out, int n, struct slice campaign,
    const struct hold *h)
{
	struct buf text = {0};
	char name[32];

	(void)snprintf(name, sizeof(name), "held.%d", n);
	buf_add_slice(&text, campaign);
	buf_add_char(&text, ' ');
	hold_write(&text, h);
	policy_add(out, name, slice_buf(&text));
	buf_free(&text);
}

int
report_held_read(const struct policy_message *m, int n, char campaign_r[65],
    struct hold *out_r)
{
	struct slice text, campaign;
	char name[32], *order;
	int rc;

	(void)snprintf(name, sizeof(name), "held.%d", n);
	text = policy_get(m, name);
	if (!text.data)
		return 0;
	if (!slice_split(&text, ' ', &campaign) || campaign.len > 64 ||
	    !campaign_name_ok(campaign))
		return -1;
	memcpy(campaign_r, campaign.data, campaign.len);
	campaign_r[campaign.len] = '\0';
	order = xstrndup(text.data ? text.data : "", text.len);
	rc = hold_read(order, out_r);
	free(order);
	return rc == 0 ? 1 : -1;
}
