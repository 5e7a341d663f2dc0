#include "gateway-agent/expand.h"

#include <string.h>
#include <strings.h>

static void
answer(struct arena *arena, struct session_edits *edits,
    enum session_verdict verdict, const char *code, const char *enhanced,
    const char *text)
{
	memset(edits, 0, sizeof(*edits));
	edits->verdict = verdict;
	edits->reply[0] = code;
	edits->reply[1] = enhanced;
	edits->reply[2] = arena_printf(arena, "%s%s", EXPAND_REPLY, text);
}

void
expand_later(struct arena *arena, struct session_edits *edits,
    const char *text)
{
	answer(arena, edits, SESSION_TEMPFAIL, "451", "4.7.1", text);
}

void
expand_cancelled(struct arena *arena, struct session_edits *edits,
    const char *text)
{
	answer(arena, edits, SESSION_REJECT, "554", "5.7.1", text);
}

static int
refuse(const struct session_message *m, struct session_edits *edits,
    const char *text)
{
	answer(m->arena, edits, SESSION_REJECT, "550", "5.7.1", text);
	return -1;
}

static int
later(const struct session_message *m, struct session_edits *edits,
    const char *text)
{
	expand_later(m->arena, edits, text);
	return -1;
}

/* address or <address> */
static struct slice
bare(const char *address)
{
	struct slice s = slice_trim(slice_of(address));

	if (s.len >= 2 && s.data[0] == '<' && s.data[s.len - 1] == '>')
		s = (struct slice){s.data + 1, s.len - 2};
	return s;
}

static bool
has_header(const struct session_message *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n_headers; i++)
		if (strcasecmp(m->headers[i].name, name) == 0)
			return true;
	return false;
}

enum session_look
expand_look(const struct session_message *m, const char *relay_domain,
    struct session_edits *edits)
{
	size_t i;

	for (i = 0; i < m->n_rcpts; i++)
		if (address_in_domain(bare(m->rcpts[i].address),
		        relay_domain))
			return SESSION_OURS;
	if (has_header(m, STUB_CAMPAIGN) || has_header(m, STUB_TICKET)) {
		(void)refuse(m, edits, "a stub that did not come through the "
		    "initiator is not accepted here");
		return SESSION_REFUSE;
	}
	return SESSION_NOT_OURS;
}

static int
check_recipient(const struct session_message *m, const char *relay_domain,
    struct expand_job *job, struct session_edits *edits)
{
	struct ranking rank;
	const char *error = "not understood";
	bool split;

	if (m->n_rcpts != 1)
		return later(m, edits, "one recipient at a time, please");
	if (address_unrank(m->arena, bare(m->rcpts[0].address), relay_domain,
	        &job->recipient, &rank, &split, &error) != 0)
		return refuse(m, edits, arena_printf(m->arena,
		    "recipient: %s", error));
	return 0;
}

static int
check_stub(const struct session_message *m, struct expand_job *job,
    struct session_edits *edits)
{
	const char *error = "not understood";

	if (!has_header(m, STUB_TICKET))
		return refuse(m, edits, ticket_result_text(TICKET_NONE));
	if (m->headers_cut)
		return refuse(m, edits, "more headers than a stub can have");
	if (m->body_cut)
		return refuse(m, edits, "the body is too long for a stub");
	if (stub_parse(m->arena, m->headers, m->n_headers, m->body, &job->stub,
	        &error) != 0)
		return refuse(m, edits, error);
	return 0;
}

static int
check_ticket(const struct session_message *m, const struct keyring *keys,
    int64_t now_ms, int64_t tolerance_ms, struct expand_job *job,
    struct session_edits *edits)
{
	const struct ticket *t = &job->ticket;
	enum ticket_result result;

	vars_init(&job->record, m->arena);
	result = ticket_check(m->arena, m->headers, m->n_headers,
	    &job->recipient, &job->stub.vars, slice_of(job->stub.subject),
	    keys, now_ms, tolerance_ms, &job->ticket, &job->record);
	/* A ticket from the future means that this host's clock is late: the
	 * next gateway may do better. */
	if (result == TICKET_FUTURE)
		return later(m, edits, ticket_result_text(result));
	/* A new key reaches the gateways one after the other.  Nobody can tell
	 * that this signature is wrong, so the mail waits for the key. */
	if (result == TICKET_UNKNOWN_KEY)
		return later(m, edits, arena_printf(m->arena, "there is no "
		    "public key %s here to check the ticket with: copy the "
		    "initiator's keys/public to this gateway and reload "
		    "nearpost-agent", t->key_id));
	if (result != TICKET_OK)
		return refuse(m, edits, ticket_result_text(result));
	if ((job->stub.campaign &&
	        strcmp(job->stub.campaign, t->campaign) != 0) ||
	    (job->stub.creative &&
	        strcmp(job->stub.creative, t->creative) != 0))
		return refuse(m, edits, ticket_result_text(TICKET_ALTERED));
	return 0;
}

int
expand_check(const struct session_message *m, const char *relay_domain,
    const struct keyring *keys, int64_t now_ms, int64_t tolerance_ms,
    struct expand_job *job, struct session_edits *edits)
{
	memset(job, 0, sizeof(*job));
	expand_later(m->arena, edits, "not decided");
	if (check_recipient(m, relay_domain, job, edits) != 0 ||
	    check_stub(m, job, edits) != 0)
		return -1;
	if (!keys)
		return later(m, edits, "no keys to verify tickets with");
	return check_ticket(m, keys, now_ms, tolerance_ms, job, edits);
}

int
expand_build(const struct session_message *m, const struct assets *assets,
    size_t max_size, int64_t now_ms, struct expand_job *job,
    struct session_edits *edits)
{
	const struct grow_input in = {.assets = assets, .ticket = &job->ticket,
	    .stub = &job->stub, .record = &job->record,
	    .recipient = &job->recipient, .max_size = max_size,
	    .now_ms = now_ms};
	const char *why = "unknown fault";

	switch (grow(m->arena, &in, &job->advert, &why)) {
	case GROW_OK:
		return 0;
	case GROW_REFUSED:
		return refuse(m, edits, why);
	case GROW_LATER:
		break;
	}
	return later(m, edits, why);
}

static const char *
with_brackets(struct arena *arena, const char *address)
{
	return *address == '<' ? address :
	    arena_printf(arena, "<%s>", address);
}

/* The initiator's ORCPT goes on; the ranked address must not become one. */
static const char *
orcpt_of(const struct session_message *m, const char *recipient)
{
	struct buf xtext = {0};
	const char *made;

	if (m->rcpts[0].orcpt)
		return m->rcpts[0].orcpt;
	xtext_encode(&xtext, slice_of(recipient));
	made = arena_printf(m->arena, "ORCPT=rfc822;%s", xtext.data);
	buf_free(&xtext);
	return made;
}

void
expand_edits(const struct session_message *m, const struct expand_job *job,
    struct session_edits *edits)
{
	const char *recipient = address_text(m->arena, &job->recipient);
	const char *bounce = job->advert.bounce;

	memset(edits, 0, sizeof(*edits));
	edits->drop_rcpt = arena_alloc(m->arena, sizeof(bool));
	edits->drop_rcpt[0] = true;
	edits->add_rcpts = arena_alloc(m->arena, sizeof(*edits->add_rcpts));
	edits->add_rcpts[0] = (struct session_rcpt){
	    with_brackets(m->arena, recipient), m->rcpts[0].notify,
	    orcpt_of(m, recipient)};
	edits->n_add_rcpts = 1;
	if (bounce && *bounce)
		edits->new_from = with_brackets(m->arena, bounce);
	edits->drop_all_headers = true;
	edits->add_headers = job->advert.headers;
	edits->n_add_headers = job->advert.n_headers;
	edits->body = job->advert.body;
	edits->n_body = job->advert.n_body;
	edits->verdict = SESSION_CONTINUE;
}
