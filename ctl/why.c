/* nearpostctl why: the story of an advert, from the stub to the recipient's server;
 * or which adverts there were. */
#include "config.h"

#include <stdio.h>
#include <sysexits.h>

#include "ctl/address_arg.h"
#include "ctl/adverts.h"
#include "ctl/ask.h"
#include "ctl/score_table.h"
#include "ctl/story.h"
#include "ctl/ticket_arg.h"
#include "lib/base/log.h"

static void
print_story(const struct ctl *ctl, struct arena *arena,
    const struct policy_message *m)
{
	struct buf text = {0};

	if (ctl->json)
		story_json(&text, arena, m);
	else
		story_write(&text, arena, m);
	(void)fwrite(text.data, 1, text.len, stdout);
	if (!ctl->json)
		score_table_print(arena, m,
		    fleet_field(policy_get(m, "decision"), "gateways"));
	buf_free(&text);
}

/* EX_DATAERR: nothing is known of it, *refusal_r says so. */
static int
tell(struct ctl *ctl, struct arena *arena, const char *id,
    const char **refusal_r)
{
	struct buf question = {0};
	struct policy_message m;
	int status;

	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", "why");
	policy_add_str(&question, "id", id);
	policy_end(&question);
	status = ask_policyd_if(ctl, arena, slice_buf(&question), &m,
	    refusal_r);
	if (status == EX_OK)
		print_story(ctl, arena, &m);
	buf_free(&question);
	return status;
}

/* One is told, several are listed.  none: the words for none. */
static int
tell_those(struct ctl *ctl, struct arena *arena, const char *recipient,
    const char *queue_id, const char *none)
{
	struct adverts a;
	int status = adverts_find(ctl, recipient, queue_id, &a);
	const char *refusal = none;

	if (status == EX_OK && a.n > 1)
		adverts_print(ctl, &a);
	else if (status == EX_OK && a.n == 1)
		status = tell(ctl, arena, a.rows[0].ticket, &refusal);
	else if (status == EX_OK)
		status = EX_DATAERR;
	if (status == EX_DATAERR)
		log_warnx("%s", refusal);
	adverts_free(&a);
	return status;
}

int
why_command(struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
	const char *id, *refusal = NULL, *address;
	int status;

	if (argc != 2) {
		fputs("usage: nearpostctl why TICKET|QUEUEID|ADDRESS [--json]\n",
		    stderr);
		return EX_USAGE;
	}
	arena = arena_new();
	id = ticket_arg(arena, argv[1]);
	if (strchr(id, '@')) {
		address = address_arg(arena, id);
		status = !address ? EX_USAGE : tell_those(ctl, arena, address,
		    NULL, "no advert to that address is kept; see keep_decisions "
		    "in nearpost.conf(5)");
	} else {
		status = tell(ctl, arena, id, &refusal);
		/* It may be the stub's own, at the initiator. */
		if (status == EX_DATAERR)
			status = tell_those(ctl, arena, NULL, id, refusal);
	}
	arena_free(&arena);
	return status;
}
