#include "milter/again.h"

#include "lib/mail/stub.h"
#include "milter/recipient.h"

/* It was signed moments ago by this very clock. */
#define TICKET_TOLERANCE_MS (5 * 60 * 1000)

static const char *
check_recipient(const struct decide_settings *s,
    const struct decide_world *w, const struct session_message *m,
    const struct stub *stub, const char *address)
{
	struct ranking rank;
	struct address original;
	struct ticket ticket;
	struct vars record;
	const char *error;
	enum ticket_result result;
	bool split;

	if (!address_in_domain(recipient_bare(address), s->relay_domain))
		return "a stub that has its tickets already must not get further "
		    "recipients";
	if (address_unrank(m->arena, recipient_bare(address), s->relay_domain,
	        &original, &rank, &split, &error) != 0)
		return error;
	result = ticket_check(m->arena, m->headers, m->n_headers, &original,
	    &stub->vars, slice_of(stub->subject), s->signer, w->now_ms,
	    TICKET_TOLERANCE_MS, &ticket, &record);
	return result == TICKET_OK ? NULL : ticket_result_text(result);
}

const char *
again_fault(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m)
{
	struct stub stub;
	const char *error;
	size_t i;

	if (m->headers_cut || m->body_cut ||
	    stub_parse(m->arena, m->headers, m->n_headers, m->body, &stub,
	        &error) != 0 || stub.campaign)
		return "this is no stub that was accepted here before";
	for (i = 0; i < m->n_rcpts; i++) {
		error = check_recipient(s, w, m, &stub, m->rcpts[i].address);
		if (error)
			return arena_printf(m->arena, "recipient %s: %s",
			    m->rcpts[i].address, error);
	}
	return NULL;
}
