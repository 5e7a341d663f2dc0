/* The callbacks of a message: it is gathered until it can be judged as a whole.
 * xxfi_abort may come between any two of them. */
#include "lib/mail/session_state.h"

#include <string.h>
#include <strings.h>

#include "lib/base/log.h"

static int busy;

int
session_busy(void)
{
	return __atomic_load_n(&busy, __ATOMIC_ACQUIRE);
}

void
session_message_end(struct session *s)
{
	arena_free(&s->m.arena);
	buf_free(&s->body);
	memset(&s->m, 0, sizeof(s->m));
	s->kept = NULL;
	s->rcpts_cap = s->headers_cap = s->headers_size = s->extra_fields = 0;
}

static const char *
copy_macro(SMFICTX *ctx, struct arena *arena, const char *name)
{
	const char *value = session_macro(ctx, name);

	return value && *value ? arena_strdup(arena, value) : NULL;
}

/* Sendmail says whether the certificate was good; Postfix leaves the macro out
 * (see the header). */
static const char *
client_certificate(SMFICTX *ctx, struct arena *arena)
{
	const char *verify = session_macro(ctx, "{verify}");

	if (verify && strcmp(verify, "OK") != 0)
		return NULL;
	return copy_macro(ctx, arena, "{cert_subject}");
}

static void
take_queue_id(SMFICTX *ctx, struct session *s)
{
	const char *id = copy_macro(ctx, s->m.arena, "i");

	s->m.queue_id = id ? id : "";
}

static const char *const *
copy_args(struct arena *arena, char **argv)
{
	const char **copy;
	size_t n = 0, i;

	while (argv[n])
		n++;
	copy = arena_alloc(arena, (n + 1) * sizeof(*copy));
	for (i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, argv[i]);
	return copy;
}

sfsistat
session_on_mail(SMFICTX *ctx, char **argv)
{
	struct session *s = session_get(ctx);
	struct session_message *m;
	bool bare;

	if (!s || !argv[0])
		return SMFIS_TEMPFAIL;
	session_message_end(s);
	m = &s->m;
	m->arena = arena_new();
	m->keep = &s->kept;
	m->client = s->client;
	m->client_name = s->client_name ? s->client_name : "";
	m->daemon = s->daemon;
	m->queue_id = "";
	m->login = copy_macro(ctx, m->arena, "{auth_authen}");
	m->tls_cn = client_certificate(ctx, m->arena);
	/* Pickup's mail comes as if from 127.0.0.1, but from no port, and without
	 * the <> that no SMTP client can leave out. */
	bare = argv[0][0] != '<';
	m->local_submit = bare && (s->no_port ||
	    s->client.ss_family == AF_UNSPEC);
	if (m->local_submit)
		memset(&m->client, 0, sizeof(m->client));
	m->from = bare ? arena_printf(m->arena, "<%s>", argv[0]) :
	    arena_strdup(m->arena, argv[0]);
	m->from_args = copy_args(m->arena, argv + 1);
	return session_quietly(s->quiet_mail);
}

/* Room for one more in an array of the arena. */
static void *
grown(struct arena *arena, void *old, size_t n, size_t *cap, size_t size)
{
	void *fresh;

	if (n < *cap)
		return old;
	*cap = *cap ? *cap * 2 : 16;
	fresh = arena_alloc(arena, *cap * size);
	if (n)
		memcpy(fresh, old, n * size);
	return fresh;
}

sfsistat
session_on_rcpt(SMFICTX *ctx, char **argv)
{
	struct session *s = session_get(ctx);
	struct session_message *m;
	struct session_rcpt *r;
	size_t i;

	if (!s || !s->m.arena || !argv[0])
		return SMFIS_TEMPFAIL;
	m = &s->m;
	m->rcpts = grown(m->arena, m->rcpts, m->n_rcpts, &s->rcpts_cap,
	    sizeof(*m->rcpts));
	r = &m->rcpts[m->n_rcpts++];
	r->address = arena_strdup(m->arena, argv[0]);
	for (i = 1; argv[i]; i++) {
		if (strncasecmp(argv[i], "NOTIFY=", 7) == 0)
			r->notify = arena_strdup(m->arena, argv[i]);
		else if (strncasecmp(argv[i], "ORCPT=", 6) == 0)
			r->orcpt = arena_strdup(m->arena, argv[i]);
	}
	return session_quietly(s->quiet_rcpt);
}

static bool
is_extra(const struct session_ops *ops, const char *name)
{
	return ops->keep_prefix &&
	    strncasecmp(name, ops->keep_prefix, strlen(ops->keep_prefix)) == 0;
}

sfsistat
session_on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = session_get(ctx);
	struct session_message *m;
	struct header *h;
	size_t size = strlen(name) + strlen(value) + 3;

	if (!s || !s->m.arena)
		return SMFIS_TEMPFAIL;
	m = &s->m;
	if (s->headers_size + size > SESSION_HEADERS_MAX ||
	    m->n_headers >= SESSION_FIELDS_MAX)
		m->headers_cut = true;
	if (m->headers_cut) {
		if (!is_extra(s->ops, name) ||
		    s->extra_fields++ >= SESSION_EXTRA_FIELDS_MAX)
			return session_quietly(s->quiet_header);
		value = session_unconst("");
	}
	s->headers_size += size;
	m->headers = grown(m->arena, m->headers, m->n_headers, &s->headers_cap,
	    sizeof(*m->headers));
	h = &m->headers[m->n_headers++];
	h->name = arena_strdup(m->arena, name);
	if (s->leading_space && *value == ' ')
		value++;
	h->value = arena_strdup(m->arena, value);
	return session_quietly(s->quiet_header);
}

static sfsistat
say(SMFICTX *ctx, const struct session_edits *e, bool permanent)
{
	session_reply(ctx, e, permanent ? "550" : "451",
	    permanent ? "5.7.1" : "4.7.1");
	return permanent ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

sfsistat
session_on_eoh(SMFICTX *ctx)
{
	struct session *s = session_get(ctx);
	struct session_edits e = {0};

	if (!s || !s->m.arena)
		return SMFIS_TEMPFAIL;
	if (s->extra_fields > SESSION_EXTRA_FIELDS_MAX) {
		e.reply[1] = "5.6.0";
		e.reply[2] = "too many header fields";
		return say(ctx, &e, true);
	}
	take_queue_id(ctx, s);
	switch (s->ops->look(&s->m, &e, s->ops->ctx)) {
	case SESSION_OURS:
		return SMFIS_CONTINUE;
	case SESSION_REFUSE:
		return say(ctx, &e, !e.reply[0] || e.reply[0][0] == '5');
	case SESSION_NOT_OURS:
		break;
	}
	session_message_end(s);
	return SMFIS_ACCEPT;
}

sfsistat
session_on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct session *s = session_get(ctx);
	size_t room;

	if (!s || !s->m.arena)
		return SMFIS_TEMPFAIL;
	room = s->ops->body_max - s->body.len;
	if (len > room) {
		s->m.body_cut = true;
		len = room;
	}
	buf_add(&s->body, data, len);
	/* SKIP is an answer, so where none is awaited the rest comes as well. */
	if (s->quiet_body)
		return SMFIS_NOREPLY;
	return s->m.body_cut && s->skip ? SMFIS_SKIP : SMFIS_CONTINUE;
}

static sfsistat
carry_out(SMFICTX *ctx, struct session *s, const struct session_edits *e,
    bool *applied_r)
{
	const char *failed;

	switch (e->verdict) {
	case SESSION_REJECT:
		return say(ctx, e, true);
	case SESSION_TEMPFAIL:
		return say(ctx, e, false);
	case SESSION_DISCARD:
		return SMFIS_DISCARD;
	case SESSION_CONTINUE:
		break;
	}
	if (session_apply(ctx, s, e, &failed) != 0) {
		log_warnx("%s: %s failed, message deferred", s->m.queue_id,
		    failed);
		return SMFIS_TEMPFAIL;
	}
	*applied_r = true;
	return SMFIS_CONTINUE;
}

sfsistat
session_on_eom(SMFICTX *ctx)
{
	struct session *s = session_get(ctx);
	struct session_edits e = {0};
	bool applied = false;
	sfsistat status;

	if (!s || !s->m.arena)
		return SMFIS_TEMPFAIL;
	(void)__atomic_add_fetch(&busy, 1, __ATOMIC_ACQ_REL);
	take_queue_id(ctx, s);
	s->m.body = slice_buf(&s->body);
	s->ops->decide(&s->m, &e, s->ops->ctx);
	status = carry_out(ctx, s, &e, &applied);
	if (s->ops->done)
		s->ops->done(&s->m, applied, s->ops->ctx);
	session_message_end(s);
	(void)__atomic_sub_fetch(&busy, 1, __ATOMIC_ACQ_REL);
	return status;
}

sfsistat
session_on_abort(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s)
		session_message_end(s);
	return SMFIS_CONTINUE;
}
