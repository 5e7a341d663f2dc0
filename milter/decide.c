/* From a whole message to its edits.  Every fault is found before policyd is
 * asked, where it can be, and one answer names all recipients that are at fault:
 * whoever sends a campaign must be able to mend it from that line alone. */
#include "milter/decide.h"

#include <string.h>
#include <strings.h>

#include "lib/mail/mailbox.h"
#include "lib/mail/stub.h"
#include "milter/again.h"
#include "milter/outcome.h"
#include "milter/recipient.h"
#include "milter/rewrite.h"

/* RFC 5322 section 2.1.1. */
#define LINE_MAX_OCTETS 998

static struct outcome *
outcome_new(const struct session_message *m)
{
	return arena_alloc(m->arena, sizeof(struct outcome));
}

static void
answer(struct outcome *o, struct session_edits *e,
    enum session_verdict verdict, const char *code, const char *enhanced,
    const char *text)
{
	e->verdict = o->verdict = verdict;
	e->reply[0] = code;
	e->reply[1] = enhanced;
	e->reply[2] = text;
}

/* The whole message is at fault. */
static void
fault(const struct session_message *m, struct outcome *o,
    struct session_edits *e, enum refusal cause, const char *code,
    const char *enhanced, const char *text)
{
	o->fault = text;
	o->cause = cause;
	answer(o, e, *code == '5' ? SESSION_REJECT : SESSION_TEMPFAIL, code,
	    enhanced, arena_printf(m->arena, "nearpost: %s", text));
}

/* The number of the first line that is too long, from 1; 0: none is.  before: what
 * stands in front of the first one. */
static size_t
long_line(struct slice text, size_t before)
{
	struct slice line;
	size_t n = 0;

	while (slice_split(&text, '\n', &line)) {
		n++;
		if (line.len && line.data[line.len - 1] == '\r')
			line.len--;
		if (line.len + before > LINE_MAX_OCTETS)
			return n;
		before = 0;
	}
	return 0;
}

/* MTAs cut long lines in two, and the gateway would find a stub that is not the
 * one that was signed here. */
static bool
too_long_lines(const struct session_message *m, const char **error_r)
{
	size_t i, n = long_line(m->body, 0);

	if (n)
		*error_r = arena_printf(m->arena, "line %zu of the body is "
		    "longer than the %d octets that a line of mail may have: "
		    "send the body as quoted-printable or base64", n,
		    LINE_MAX_OCTETS);
	for (i = 0; !n && i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (strcasecmp(h->name, "Subject") != 0 &&
		    strcasecmp(h->name, "From") != 0 &&
		    strcasecmp(h->name, "Reply-To") != 0)
			continue;
		n = long_line(slice_of(h->value), strlen(h->name) + 2);
		if (n)
			*error_r = arena_printf(m->arena, "%s has a line "
			    "of more than %d octets: fold it", h->name,
			    LINE_MAX_OCTETS);
	}
	return n > 0;
}

/* Many a campaign keeps the stub's; where replies would go to nobody, the sender
 * hears it now. */
static bool
no_reply_to(const struct session_message *m, const struct stub *stub,
    const char **error_r)
{
	struct address a;
	const char *why;

	if (*stub->reply_to == '\0' || mailbox_first(m->arena,
	        slice_of(stub->reply_to), &a, &why) == 0)
		return false;
	*error_r = arena_printf(m->arena, "Reply-To: %s", why);
	return true;
}

/* What is wrong whoever the recipients are.  true: answered. */
static bool
faulty_message(const struct session_message *m, struct outcome *o,
    struct session_edits *e, struct stub *stub)
{
	const char *error;

	if (strcmp(m->from, "<>") == 0)
		fault(m, o, e, REFUSAL_SENDER, "550", "5.1.7", "a stub needs a "
		    "sender address, not <>: bounces must go somewhere");
	else if (m->headers_cut)
		fault(m, o, e, REFUSAL_SIZE, "552", "5.3.4", "a stub with so "
		    "many headers is a mistake");
	else if (m->body_cut)
		fault(m, o, e, REFUSAL_SIZE, "552", "5.3.4",
		    arena_printf(m->arena, "the body is over %d octets: a stub holds a few lines name: value, "
		    "the media belong into the campaign's asset set",
		    STUB_BODY_MAX));
	else if (too_long_lines(m, &error) ||
	    stub_parse(m->arena, m->headers, m->n_headers, m->body, stub,
	        &error) != 0 || no_reply_to(m, stub, &error))
		fault(m, o, e, REFUSAL_SYNTAX, "550", "5.6.0", error);
	else if (!stub->campaign)
		fault(m, o, e, REFUSAL_SYNTAX, "550", "5.6.0",
		    "Nearpost-Campaign is empty");
	else
		return false;
	return true;
}

static bool
any_kind(const struct outcome *o, enum choice_kind kind)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (o->choices[i].kind == kind)
			return true;
	return false;
}

/* "unknown campaign \"x\" (a@b.example, c@d.example); ..." */
static const char *
name_them(const struct session_message *m, const struct outcome *o,
    enum choice_kind kind)
{
	struct buf text = {0};
	const char *copy;
	size_t i, k;

	buf_add_str(&text, "nearpost: ");
	for (i = 0; i < o->n; i++) {
		const struct choice *c = &o->choices[i];
		bool told = false;

		if (c->kind != kind)
			continue;
		for (k = 0; k < i; k++)
			told = told || (o->choices[k].kind == kind &&
			    strcmp(o->choices[k].text, c->text) == 0);
		if (told)
			continue;
		buf_printf(&text, "%s%s (", text.len > 10 ? "; " : "",
		    c->text);
		for (k = i; k < o->n; k++)
			if (o->choices[k].kind == kind &&
			    strcmp(o->choices[k].text, c->text) == 0)
				buf_printf(&text, "%s%s", k > i ? ", " : "",
				    recipient_text(m->arena, &o->choices[k]));
		buf_add_char(&text, ')');
	}
	copy = arena_strdup(m->arena, text.data);
	buf_free(&text);
	return copy;
}

/* The rejected recipients' code where they agree on one. */
static void
reject_them(const struct session_message *m, struct outcome *o,
    struct session_edits *e)
{
	const char *code = NULL, *enhanced = NULL;
	size_t i;

	for (i = 0; i < o->n; i++) {
		const struct choice *c = &o->choices[i];

		if (c->kind != CHOICE_REJECT)
			continue;
		if (!code) {
			code = c->code;
			enhanced = c->enhanced;
		} else if (strcmp(code, c->code) != 0 ||
		    strcmp(enhanced, c->enhanced) != 0) {
			code = enhanced = "";
		}
	}
	answer(o, e, SESSION_REJECT, code && *code ? code : "550",
	    enhanced && *enhanced ? enhanced : "5.6.0",
	    name_them(m, o, CHOICE_REJECT));
}

/* Some recipient stands in the way of all.  true: answered. */
static bool
blocked(const struct session_message *m, struct outcome *o,
    struct session_edits *e)
{
	if (any_kind(o, CHOICE_DEFER))
		answer(o, e, SESSION_TEMPFAIL, "451", "4.3.0",
		    name_them(m, o, CHOICE_DEFER));
	else if (any_kind(o, CHOICE_REJECT))
		reject_them(m, o, e);
	else
		return false;
	return true;
}

/* true: there are answers. */
static bool
ask_for_all(const struct decide_world *w, const struct session_message *m,
    struct outcome *o, struct session_edits *e)
{
	struct slice sender = recipient_bare(m->from);
	const struct choice_asker by = {
	    .sender = arena_strndup(m->arena, sender.data, sender.len),
	    .routable = routes_ids(w->routes), .now_ms = w->now_ms,
	    .queue_id = m->queue_id};
	struct slice *questions = arena_alloc(m->arena,
	    o->n * sizeof(*questions));
	struct policy_message *answers = arena_alloc(m->arena,
	    o->n * sizeof(*answers));
	struct buf text = {0};
	const char *error;
	size_t i;

	for (i = 0; i < o->n; i++) {
		ticket_new_id(o->choices[i].ticket);
		buf_clear(&text);
		choice_question(&o->choices[i], o->stub, &by, i, &text);
		if (text.len > POLICY_MESSAGE_MAX)
			break;
		questions[i].data = arena_strndup(m->arena, text.data,
		    text.len);
		questions[i].len = text.len;
	}
	buf_free(&text);
	if (i < o->n) {
		fault(m, o, e, REFUSAL_SIZE, "552", "5.3.4",
		    "the variables are too long");
		return false;
	}
	if (w->ask(w->ask_ctx, m->arena, questions, o->n, answers,
	        &error) != 0) {
		fault(m, o, e, REFUSAL_POLICYD, "451", "4.3.0",
		    arena_printf(m->arena, "no gateway can be chosen now (policyd: %s), try again "
		    "later", error));
		return false;
	}
	for (i = 0; i < o->n; i++)
		choice_answer(m->arena, &answers[i], m->queue_id,
		    &o->choices[i]);
	return true;
}

static void
check_tickets(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct outcome *o)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		struct choice *c = &o->choices[i];
		const char *wrong = c->kind == CHOICE_RELAY ?
		    rewrite_fault(s, w, m, o->stub, c) : NULL;

		if (!wrong)
			continue;
		c->kind = CHOICE_REJECT;
		c->cause = REFUSAL_TICKET;
		c->text = wrong;
	}
}

static void
rewrite(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct outcome *o,
    struct session_edits *e)
{
	struct session_edits edits = {0};
	size_t size;

	if (!any_kind(o, CHOICE_RELAY)) {
		/* All suppressed. */
		e->verdict = o->verdict = SESSION_DISCARD;
		return;
	}
	size = rewrite_stub(s, w, m, o->stub, o->choices, o->n, &edits);
	if (size > DECIDE_HEADERS_MAX)
		fault(m, o, e, REFUSAL_SIZE, "550", "5.5.3",
		    arena_printf(m->arena, "the tickets of %zu recipients take %zu octets of headers, "
		    "%d is the limit: send to fewer recipients at a time, or "
		    "name fewer record_fields in campaign.conf",
		    edits.n_add_rcpts, size, DECIDE_HEADERS_MAX));
	else
		*e = edits;
}

static struct outcome *
decide_stub(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct session_edits *e)
{
	struct outcome *o = outcome_new(m);
	struct stub *stub = arena_alloc(m->arena, sizeof(*stub));

	if (faulty_message(m, o, e, stub))
		return o;
	o->stub = stub;
	recipient_list(m, &o->choices, &o->n);
	if (o->n > s->max_recipients)
		fault(m, o, e, REFUSAL_RECIPIENT, "550", "5.5.3",
		    arena_printf(m->arena, "%zu recipients, but a stub may have %zu: send it several "
		    "times", o->n, s->max_recipients));
	else if (blocked(m, o, e))
		;
	else if (!*routes_ids(w->routes))
		fault(m, o, e, REFUSAL_NO_ROUTE, "451", "4.3.5",
		    "the transport table names no gateway yet");
	else if (ask_for_all(w, m, o, e) && !blocked(m, o, e)) {
		recipient_rank(s, w, m, o->choices, o->n);
		check_tickets(s, w, m, o);
		if (!blocked(m, o, e))
			rewrite(s, w, m, o, e);
	}
	return o;
}

static struct outcome *
decide_own(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct session_edits *e)
{
	struct outcome *o = outcome_new(m);
	const char *wrong = again_fault(s, w, m);

	if (wrong)
		fault(m, o, e, REFUSAL_TICKET, "550", "5.7.1", wrong);
	else
		o->again = true;
	return o;
}

struct outcome *
decide(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct session_edits *e)
{
	if (recipient_any_relayed(s, m))
		return decide_own(s, w, m, e);
	if (stub_recognise(m->headers, m->n_headers))
		return decide_stub(s, w, m, e);
	rewrite_strip(m, e);
	return NULL;
}
