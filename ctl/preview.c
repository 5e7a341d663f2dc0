/* The decision is policyd's (selection.h), the making the gateway's (grow.h); what
 * stands here gives them what a stub would have. */
#include "config.h"

#include "ctl/preview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/ctl.h"
#include "ctl/ticket_arg.h"
#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/fleet/store_sync.h"
#include "lib/mail/selection.h"

#define NOBODY "recipient@example.com" /* RFC 2606 */

struct run {
	struct ctl *ctl;
	struct preview_args args;
	struct arena *arena;
	struct assets *assets;
	struct address recipient;
	const char *key;
	struct stub stub;
	struct vars record;
	struct ticket ticket;
	struct preview made;
};

/* Says why not; returns the status. */
static int
refuse(int status, const char *why)
{
	log_warnx("%s", why);
	return status;
}

/* --- what was asked */

static int
read_time(struct run *run)
{
	struct moment m;

	run->made.now_ms = clock_wall_ms();
	if (!run->args.at)
		return EX_OK;
	if (date_parse(slice_of(run->args.at), &m) < 0)
		return refuse(EX_USAGE, arena_printf(run->arena,
		    "--at \"%s\" is no time; write it as 2026-03-01 or "
		    "2026-03-01T09:30:00Z", run->args.at));
	run->made.now_ms = m.ms;
	return EX_OK;
}

static int
read_ticket(struct run *run)
{
	const char *id;

	if (!run->args.ticket) {
		ticket_new_id(run->ticket.id);
		return EX_OK;
	}
	id = ticket_arg(run->arena, run->args.ticket);
	if (strlen(id) != TICKET_ID_LEN ||
	    strspn(id, "0123456789abcdef") != TICKET_ID_LEN)
		return refuse(EX_USAGE, arena_printf(run->arena,
		    "--ticket \"%s\" has no ticket's id, 32 hexadecimal digits "
		    "as in the advert's Message-ID", run->args.ticket));
	memcpy(run->ticket.id, id, TICKET_ID_LEN);
	return EX_OK;
}

static int
read_vars(struct run *run)
{
	struct slice name, value;
	const char *why;

	vars_init(&run->stub.vars, run->arena);
	for (size_t i = 0; i < run->args.n_vars; i++) {
		if (!campaign_pair(run->args.vars[i], &name, &value))
			return refuse(EX_USAGE, arena_printf(run->arena,
			    "--var \"%s\": write it as name=value",
			    run->args.vars[i]));
		if (vars_set(&run->stub.vars, name, value, &why) < 0)
			return refuse(EX_USAGE, arena_printf(run->arena,
			    "--var: %s", why));
	}
	return EX_OK;
}

static int
read_recipient(struct run *run)
{
	const char *to = run->args.to ? run->args.to : NOBODY, *why;

	vars_init(&run->record, run->arena);
	if (address_parse(run->arena, slice_of(to), &run->recipient, &why) < 0)
		return refuse(EX_USAGE, arena_printf(run->arena,
		    "--to \"%s\": %s", to, why));
	run->key = address_key(run->arena, &run->recipient);
	return EX_OK;
}

/* --- the campaign */

static const char *
unknown_campaign(const struct run *run)
{
	size_t n, i;
	struct campaign *const *all = assets_campaigns(run->assets, &n);
	struct buf names = {0};
	const char *text;

	for (i = 0; i < n; i++)
		text_add_name(&names, i, n, all[i]->name);
	text = arena_printf(run->arena,
	    "there is no campaign \"%s\"; known are: %s", run->args.campaign,
	    names.len ? names.data : "none");
	buf_free(&names);
	return text;
}

/* In the order in which policyd asks. */
static int
find_campaign(struct run *run)
{
	const char *dir = run->ctl->config.policyd.assets, *why = NULL;
	struct preview *p = &run->made;
	char *error = NULL;
	size_t n, i;
	struct campaign *const *all;

	run->assets = run->args.assets
	    ? assets_load_unbuilt(run->args.assets, &error)
	    : assets_load(dir, NULL, &error);
	if (!run->assets) {
		log_warnx("%s%s", error, run->args.assets ? "" :
		    " (a set with all its files can be given with --assets)");
		free(error);
		return EX_DATAERR;
	}
	all = assets_campaigns(run->assets, &n);
	for (i = 0; i < n; i++)
		if (strcmp(all[i]->name, run->args.campaign) == 0)
			p->campaign = all[i];
	if (!p->campaign)
		return refuse(EX_DATAERR, unknown_campaign(run));
	why = campaign_closed(run->arena, p->campaign, p->now_ms);
	if (why)
		return refuse(EX_DATAERR, arena_printf(run->arena,
		    "%s; to see it now, say --at and a time in between", why));
	if (run->args.creative)
		p->creative = selection_named(run->arena, p->campaign,
		    run->args.creative, &why);
	return why ? refuse(EX_DATAERR, why) : EX_OK;
}

/* --- the recipient */

static int
check_listed(const struct run *run, int found)
{
	if (found)
		return EX_OK;
	if (run->ctl->config.policyd.reject_unlisted)
		return refuse(EX_DATAERR,
		    "recipient is not in the recipient database");
	log_warnx("%s is not in the recipient database; there is only what the "
	          "stub and the campaign say", run->key);
	return EX_OK;
}

static int
fetch(struct run *run)
{
	struct store_sync *s;
	const char *reason;
	char *error = NULL;
	int64_t since_ms;
	int found, suppressed, status = EX_TEMPFAIL;

	if (!run->args.to)
		return EX_OK;
	s = store_sync_open(&run->ctl->config.policyd, &error);
	if (!s) {
		log_warnx("%s", error);
		free(error);
		return EX_TEMPFAIL;
	}
	suppressed = store_sync_suppressed(s, run->arena, run->key, &reason,
	    &since_ms);
	found = suppressed < 0 ? -1
	    : store_sync_get(s, run->key, &run->record);
	if (found < 0)
		log_warnx("Redis: %s", store_sync_error(s));
	else if (suppressed)
		status = refuse(EX_DATAERR, arena_printf(run->arena,
		    "%s gets no adverts: %s", run->key,
		    *reason ? reason : "suppressed"));
	else
		status = check_listed(run, found);
	store_sync_close(&s);
	return status;
}

/* Nobody in particular: what the campaign asks for is shown by its name. */
static void
fill_in(struct run *run, const struct selection_input *in, struct selection *s)
{
	size_t left = run->made.campaign->required.n;
	const char *why;

	while (s->missing && left-- > 0) {
		log_warnx("%s is required and has no default: shown as [%s]; "
		          "--var %s=... gives it a value", s->missing,
		    s->missing, s->missing);
		(void)vars_set(&run->stub.vars, slice_of(s->missing),
		    slice_of(arena_printf(run->arena, "[%s]", s->missing)),
		    &why);
		*s = selection_make(run->arena, in);
	}
}

static int
decide(struct run *run)
{
	struct preview *p = &run->made;
	const struct selection_input in = {.campaign = p->campaign,
	    .stub = &run->stub.vars, .record = &run->record,
	    .creative = p->creative, .key = run->key, .now_ms = p->now_ms};
	struct selection s = selection_make(run->arena, &in);
	const char *why;

	if (!run->args.to)
		fill_in(run, &in, &s);
	why = selection_fault(run->arena, p->campaign, &s);
	if (why)
		return refuse(EX_DATAERR, why);
	p->creative = s.creative;
	return EX_OK;
}

/* --- the advert */

/* What the gateway would be told of the recipient. */
static void
travel(const struct run *run, struct vars *record_r)
{
	const char *why;

	vars_init(record_r, run->arena);
	for (size_t i = 0; i < run->record.n; i++) {
		const struct var *v = &run->record.list[i];

		if (selection_travels(run->made.campaign, &run->stub.vars,
		        v->name))
			(void)vars_set(record_r, slice_of(v->name), v->value,
			    &why);
	}
}

static int
make(struct run *run)
{
	struct preview *p = &run->made;
	int64_t max = run->ctl->config.agent.max_advert_size;
	struct vars record;
	const struct grow_input in = {.assets = run->assets,
	    .ticket = &run->ticket, .stub = &run->stub, .record = &record,
	    .recipient = &run->recipient, .max_size = SIZE_MAX,
	    .now_ms = p->now_ms, .text = &p->text, .html = &p->html};
	const char *why = "";

	travel(run, &record);
	run->ticket.campaign = p->campaign->name;
	run->ticket.creative = p->creative->name;
	/* nearpostctl send writes the same. */
	run->stub.from = run->args.from ? run->args.from : p->campaign->from;
	run->stub.reply_to = run->args.reply_to ? run->args.reply_to : "";
	run->stub.subject = run->args.subject ? run->args.subject : "";
	if (grow(run->arena, &in, &p->advert, &why) != GROW_OK)
		return refuse(EX_DATAERR, why);
	if (p->advert.body_size > (size_t)max)
		log_warnx("the advert has %zu octets, and a gateway with this "
		          "nearpost.conf takes %lld (agent.max_advert_size)",
		    p->advert.body_size, (long long)max);
	p->parts = assets_find(run->assets, p->campaign->name,
	    p->creative->name);
	return EX_OK;
}

static int
usage(const char *error)
{
	if (*error)
		log_warnx("%s", error);
	else
		fputs("usage: nearpostctl preview CAMPAIGN "
		      "--to ADDRESS|--creative NAME\n"
		      "           [--eml|--html|--text|--png [--dark]] [-o FILE]\n"
		      "           [--var NAME=VALUE]... [--from ADDRESS] "
		      "[--reply-to ADDRESS]\n"
		      "           [--subject TEXT] [--ticket TICKET] [--at TIME] "
		      "[--assets DIR]\n"
		      "Shows what a gateway would send; nothing is sent.\n",
		    stderr);
	return EX_USAGE;
}

int
preview_command(struct ctl *ctl, int argc, char **argv)
{
	static int (*const steps[])(struct run *run) = {read_time, read_ticket,
	    read_vars, read_recipient, find_campaign, fetch, decide, make};
	struct run run = {.ctl = ctl};
	const char *error = "";
	int status = EX_OK;

	if (preview_parse(&run.args, argc, argv, &error) < 0)
		return usage(error);
	run.arena = arena_new();
	run.made.args = &run.args;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (status == EX_OK)
			status = steps[i](&run);
	if (status == EX_OK)
		status = preview_show(&run.made);
	buf_free(&run.made.text);
	buf_free(&run.made.html);
	assets_unref(&run.assets);
	arena_free(&run.arena);
	return status;
}
