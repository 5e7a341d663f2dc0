/* nearpostctl why: a decision of the past, and what became of the advert. */
#include <stdio.h>
#include <sysexits.h>

#include "ctl/ask.h"
#include "ctl/score_table.h"
#include "ctl/ticket_arg.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/fleet/delivery.h"

static void
print_decision(struct arena *arena, const struct policy_message *m)
{
	struct slice d = policy_get(m, "decision");
	struct slice site = fleet_field(d, "site");
	struct slice ranking = fleet_field(d, "gateways");
	struct slice recipient = fleet_field(d, "recipient");
	struct slice campaign = fleet_field(d, "campaign");
	struct slice creative = fleet_field(d, "creative");
	struct slice reason = fleet_field(d, "reason");
	char when[32], size[32];

	if (!d.data) {
		puts("the decision is not kept any more, or its policyd was "
		     "killed within a second of it");
		return;
	}
	clock_minute(when, sizeof(when), (int64_t)fleet_number(d, "at_ms"));
	text_human_bytes(size, sizeof(size),
	    (int64_t)fleet_number(d, "size"));
	printf("%s UTC  to %.*s  campaign: %.*s  creative: %.*s, %s\n", when,
	    (int)recipient.len, recipient.data, (int)campaign.len,
	    campaign.data, (int)creative.len, creative.data, size);
	printf("site: %.*s   gateways: %.*s   decided by: %.*s   of %.0f "
	       "gateways %.0f could be chosen\n",
	    site.len ? (int)site.len : 7, site.len ? site.data : "unknown",
	    (int)ranking.len, ranking.data, (int)reason.len, reason.data,
	    fleet_number(d, "known"), fleet_number(d, "eligible"));
	score_table_print(arena, m, ranking);
}

static void
print_event(struct slice text)
{
	struct slice gateway = fleet_field(text, "gateway");
	struct delivery d;
	const char *error;
	char when[32], safe[600];

	if (delivery_parse(text, &d, &error) != 0)
		return;
	clock_minute(when, sizeof(when), d.received_ms);
	printf("%s UTC  %-8s at gateway %.*s, queue id %s, server %s", when,
	    delivery_status_text(d.status), (int)gateway.len, gateway.data,
	    d.queue_id, d.relay_host[0] ? d.relay_host : "none");
	if (d.status == DELIVERY_SENT)
		printf(", %.2f s after the request", (double)d.ttr_ms / 1000);
	printf("\n    %s %s\n", d.dsn, log_safe(safe, sizeof(safe), d.text));
}

static void
print_why(struct arena *arena, const struct policy_message *m)
{
	struct slice row;
	int n;

	printf("ticket %s\n", policy_get_str(arena, m, "ticket"));
	print_decision(arena, m);
	(void)putchar('\n');
	for (n = 0; fleet_row(arena, m, "event", n, &row); n++)
		print_event(row);
	if (n == 0)
		puts("no gateway has told yet what became of it");
}

int
why_command(struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
	struct buf question = {0};
	struct policy_message m;
	int status;

	if (argc != 2) {
		fputs("usage: nearpostctl why TICKET|QUEUEID|BOUNCE-ADDRESS\n",
		    stderr);
		return EX_USAGE;
	}
	arena = arena_new();
	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", "why");
	policy_add_str(&question, "id", ticket_arg(arena, argv[1]));
	policy_end(&question);
	status = ask_policyd(ctl, arena, slice_buf(&question), &m);
	if (status == EX_OK)
		print_why(arena, &m);
	buf_free(&question);
	arena_free(&arena);
	return status;
}
