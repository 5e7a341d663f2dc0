#include "milter/recipient.h"

#include <string.h>
#include <strings.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/base/utf8.h"

struct slice
recipient_bare(const char *address)
{
	struct slice s = slice_of(address);

	if (s.len >= 2 && s.data[0] == '<' && s.data[s.len - 1] == '>') {
		s.data++;
		s.len -= 2;
	}
	return s;
}

const char *
recipient_text(struct arena *arena, const struct choice *c)
{
	struct slice s = recipient_bare(c->rcpt->address);

	return arena_strndup(arena, s.data, s.len);
}

bool
recipient_any_relayed(const struct decide_settings *s,
    const struct session_message *m)
{
	size_t i;

	for (i = 0; i < m->n_rcpts; i++)
		if (address_in_domain(recipient_bare(m->rcpts[i].address),
		        s->relay_domain))
			return true;
	return false;
}

static bool
smtputf8(const struct session_message *m)
{
	const char *const *a;

	for (a = m->from_args; a && *a; a++)
		if (strcasecmp(*a, "SMTPUTF8") == 0)
			return true;
	/* sendmail(1) has no such argument; the MTA looks for itself. */
	return m->local_submit;
}

static void
reject(struct choice *c, const char *code, const char *enhanced,
    const char *text)
{
	c->kind = CHOICE_REJECT;
	c->cause = REFUSAL_RECIPIENT;
	c->code = code;
	c->enhanced = enhanced;
	c->text = text;
}

static bool
is_listed(struct arena *arena, const struct choice *choices, size_t n,
    const struct choice *c)
{
	const char *key = address_key(arena, &c->address);
	size_t i;

	for (i = 0; i < n; i++)
		if (choices[i].address.domain &&
		    strcmp(address_key(arena, &choices[i].address), key) == 0)
			return true;
	return false;
}

void
recipient_list(const struct session_message *m, struct choice **choices_r,
    size_t *n_r)
{
	struct choice *list = arena_alloc(m->arena,
	    (m->n_rcpts + 1) * sizeof(*list));
	size_t n = 0, i;

	for (i = 0; i < m->n_rcpts; i++) {
		struct choice c = {.rcpt = &m->rcpts[i], .code = "",
		    .enhanced = "", .text = "", .reason = "",
		    .booking = ""};
		const char *error;

		if (address_parse(m->arena, recipient_bare(c.rcpt->address),
		        &c.address, &error) != 0) {
			memset(&c.address, 0, sizeof(c.address));
			reject(&c, "550", "5.1.3", error);
		} else if (is_listed(m->arena, list, n, &c)) {
			continue;
		} else if (c.address.utf8_local && !smtputf8(m)) {
			reject(&c, "553", "5.6.7", "an address that is not ASCII "
			    "needs SMTPUTF8 behind MAIL FROM");
		}
		list[n++] = c;
	}
	*choices_r = list;
	*n_r = n;
}

static void
no_route(const struct session_message *m, struct choice *c, bool split)
{
	struct buf label = {0};

	ranking_text(&c->gateways, '-', &label);
	log_warnx("%s: the transport table has no line for .%s%s: run "
	    "nearpostctl print transport", m->queue_id, label.data,
	    split ? "." ADDRESS_SPLIT : "");
	buf_free(&label);
	c->kind = CHOICE_DEFER;
	c->cause = REFUSAL_NO_ROUTE;
	c->text = "the way to the gateway is not set up yet, try again later";
}

static bool
same_ranking(const struct choice *a, const struct choice *b)
{
	return a->kind == CHOICE_RELAY && b->kind == CHOICE_RELAY &&
	    a->gateways.n == b->gateways.n &&
	    memcmp(a->gateways.id, b->gateways.id,
	        sizeof(a->gateways.id[0]) * (size_t)a->gateways.n) == 0;
}

/* Ids are compared whole: nothing may stand behind their NUL. */
static void
tidy(struct ranking *r)
{
	struct ranking clean;
	int i;

	memset(&clean, 0, sizeof(clean));
	clean.n = r->n;
	for (i = 0; i < r->n; i++)
		memcpy(clean.id[i], r->id[i], strlen(r->id[i]));
	*r = clean;
}

/* A pair that the table does not have yet still has its first gateway. */
static void
find_route(const struct decide_world *w, const struct session_message *m,
    struct choice *c)
{
	tidy(&c->gateways);
	if (routes_have(w->routes, &c->gateways, false))
		return;
	if (c->gateways.n > 1) {
		c->gateways.n = 1;
		tidy(&c->gateways);
		if (routes_have(w->routes, &c->gateways, false))
			return;
	}
	no_route(m, c, false);
}

static void
rank_one(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct choice *c)
{
	const char *error;
	char *text;

	if (c->split && !routes_have(w->routes, &c->gateways, true)) {
		no_route(m, c, true);
		return;
	}
	text = address_rank(m->arena, &c->address, &c->gateways, c->split,
	    s->relay_domain, &error);
	if (text)
		c->ranked = arena_printf(m->arena, "<%s>", text);
	else
		reject(c, "550", "5.1.3", error);
}

void
recipient_rank(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct choice *choices, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		if (choices[i].kind == CHOICE_RELAY)
			find_route(w, m, &choices[i]);
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			if (same_ranking(&choices[i], &choices[k]))
				choices[i].split = choices[k].split = true;
	for (i = 0; i < n; i++)
		if (choices[i].kind == CHOICE_RELAY)
			rank_one(s, w, m, &choices[i]);
}

/* utf-8-addr-xtext, RFC 6533 section 3: \x{HEX} for what is no plain ASCII. */
static void
utf8_xtext(struct slice s, struct buf *out)
{
	size_t i = 0;

	while (i < s.len) {
		const unsigned char *u = (const unsigned char *)s.data + i;
		size_t len = utf8_sequence(u, s.len - i), k;
		unsigned long point;

		if (len <= 1) {
			if (*u <= ' ' || *u >= 0x7f || strchr("\\+=", *u))
				buf_printf(out, "\\x{%02X}", *u);
			else
				buf_add_char(out, s.data[i]);
			i++;
			continue;
		}
		point = u[0] & (0xffUL >> (len + 1));
		for (k = 1; k < len; k++)
			point = point << 6 | (u[k] & 0x3f);
		buf_printf(out, "\\x{%02lX}", point);
		i += len;
	}
}

const char *
recipient_orcpt(const struct session_message *m, const struct choice *c)
{
	struct slice as_given = recipient_bare(c->rcpt->address);
	struct buf text = {0};
	const char *copy;

	if (c->rcpt->orcpt)
		return c->rcpt->orcpt;
	if (c->address.utf8_local) {
		buf_add_str(&text, "ORCPT=utf-8;");
		utf8_xtext(as_given, &text);
	} else {
		buf_add_str(&text, "ORCPT=rfc822;");
		xtext_encode(&text, text_is_ascii(as_given) ? as_given :
		    slice_of(address_text(m->arena, &c->address)));
	}
	copy = arena_strdup(m->arena, text.data);
	buf_free(&text);
	return copy;
}
