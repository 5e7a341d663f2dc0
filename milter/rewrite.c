#include "milter/rewrite.h"

#include <string.h>

#include "milter/recipient.h"

void
rewrite_strip(const struct session_message *m, struct session_edits *e)
{
	size_t i;

	e->drop_header = arena_alloc(m->arena,
	    (m->n_headers + 1) * sizeof(*e->drop_header));
	for (i = 0; i < m->n_headers; i++)
		e->drop_header[i] = stub_is_ours(m->headers[i].name);
}

static void
add_header(const struct session_message *m, struct session_edits *e,
    const char *name, const char *value, size_t *size)
{
	/* Doubling at every power of two. */
	if ((e->n_add_headers & (e->n_add_headers - 1)) == 0) {
		size_t room = e->n_add_headers ? e->n_add_headers * 2 : 1;
		struct header *more = arena_alloc(m->arena,
		    room * sizeof(*more));

		if (e->n_add_headers)
			memcpy(more, e->add_headers,
			    e->n_add_headers * sizeof(*more));
		e->add_headers = more;
	}
	e->add_headers[e->n_add_headers++] = (struct header){name, value};
	*size += strlen(name) + strlen(": ") + strlen(value) + strlen("\r\n");
}

static struct ticket
make_ticket(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, const struct stub *stub,
    const struct choice *c)
{
	struct ticket t = {
	    .campaign = stub->campaign,
	    .creative = c->creative,
	    .recipient = address_text(m->arena, &c->address),
	    .gateways = c->gateways,
	    .requested_ms = w->now_ms,
	    .expires_ms = w->now_ms + s->ticket_lifetime_ms,
	};

	memcpy(t.id, c->ticket, sizeof(t.id));
	memcpy(t.asset_digest, c->asset_digest, strlen(c->asset_digest) + 1);
	return t;
}

const char *
rewrite_fault(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, const struct stub *stub,
    const struct choice *c)
{
	struct ticket t = make_ticket(s, w, m, stub, c);

	return ticket_fault(&t);
}

static void
add_ticket(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, const struct stub *stub,
    const struct choice *c, struct session_edits *e, size_t *size)
{
	struct ticket t = make_ticket(s, w, m, stub, c);
	const char *ticket, **data;
	size_t n, i;

	ticket_write(m->arena, &t, &stub->vars, slice_of(stub->subject),
	    &c->record, s->signer, &ticket, &data, &n);
	add_header(m, e, STUB_TICKET, ticket, size);
	for (i = 0; i < n; i++)
		add_header(m, e, STUB_DATA, data[i], size);
}

size_t
rewrite_stub(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, const struct stub *stub,
    const struct choice *choices, size_t n, struct session_edits *e)
{
	size_t size = 0, i;

	rewrite_strip(m, e);
	e->drop_rcpt = arena_alloc(m->arena,
	    (m->n_rcpts + 1) * sizeof(*e->drop_rcpt));
	for (i = 0; i < m->n_rcpts; i++)
		e->drop_rcpt[i] = true;
	e->add_rcpts = arena_alloc(m->arena, (n + 1) * sizeof(*e->add_rcpts));
	for (i = 0; i < n; i++) {
		const struct choice *c = &choices[i];

		if (c->kind != CHOICE_RELAY)
			continue;
		e->add_rcpts[e->n_add_rcpts++] = (struct session_rcpt){
		    .address = c->ranked,
		    .notify = c->rcpt->notify,
		    .orcpt = recipient_orcpt(m, c),
		};
		add_ticket(s, w, m, stub, c, e, &size);
	}
	return size;
}
