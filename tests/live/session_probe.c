/* A milter that does what the message itself asks for, so that session.py can
 * see what a real MTA makes of every edit that session.h knows.
 *
 *	session_probe LISTEN
 *	X-Probe: VERB ARGUMENT        in the headers of a message, any number
 *
 * Messages without X-Probe are not ours. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/session.h"

struct edit {
	const struct session_message *m;
	struct session_edits *e;
	const char *arg;
};

static void
on_from(struct edit *x)
{
	x->e->new_from = x->arg;
}

/* suffix behind every recipient's domain */
static void
on_rewrite(struct edit *x)
{
	const struct session_message *m = x->m;
	size_t i;

	x->e->drop_rcpt = arena_alloc(m->arena, m->n_rcpts * sizeof(bool));
	x->e->add_rcpts = arena_alloc(m->arena,
	    m->n_rcpts * sizeof(*x->e->add_rcpts));
	x->e->n_add_rcpts = m->n_rcpts;
	for (i = 0; i < m->n_rcpts; i++) {
		const char *a = m->rcpts[i].address;
		size_t len = strlen(a);

		x->e->drop_rcpt[i] = true;
		x->e->add_rcpts[i] = m->rcpts[i];
		x->e->add_rcpts[i].address = *a == '<' ?
		    arena_printf(m->arena, "%.*s.%s>", (int)len - 1, a, x->arg) :
		    arena_printf(m->arena, "%s.%s", a, x->arg);
		if (!m->rcpts[i].orcpt)
			x->e->add_rcpts[i].orcpt = arena_printf(m->arena,
			    "ORCPT=rfc822;%.*s", (int)len - (*a == '<' ? 2 : 0),
			    *a == '<' ? a + 1 : a);
	}
}

static void
on_drop(struct edit *x)
{
	size_t i;

	if (!x->e->drop_header)
		x->e->drop_header = arena_alloc(x->m->arena,
		    x->m->n_headers * sizeof(bool));
	for (i = 0; i < x->m->n_headers; i++)
		if (strcasecmp(x->m->headers[i].name, x->arg) == 0)
			x->e->drop_header[i] = true;
}

static void
on_drop_all(struct edit *x)
{
	x->e->drop_all_headers = true;
}

static void
on_add(struct edit *x)
{
	struct session_edits *e = x->e;
	struct header *more = arena_alloc(x->m->arena,
	    (e->n_add_headers + 1) * sizeof(*more));

	if (e->n_add_headers)
		memcpy(more, e->add_headers,
		    e->n_add_headers * sizeof(*more));
	more[e->n_add_headers++] = (struct header){"X-Added",
	    arena_printf(x->m->arena, "%s;\r\n\tfolded", x->arg)};
	e->add_headers = more;
}

/* N octets in lines of 64, in slices of all sizes */
static void
on_body(struct edit *x)
{
	static const char line[] = "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcd\r\n";
	size_t size = (size_t)strtoul(x->arg, NULL, 10), at = 0, n = 1, i;
	char *text = arena_alloc(x->m->arena, size + 1);

	for (i = 0; i < size; i++)
		text[i] = line[i % 64];
	x->e->body = arena_alloc(x->m->arena,
	    (size / 64 + 64) * sizeof(struct slice));
	while (at < size) {
		size_t len = n < size - at ? n : size - at;

		x->e->body[x->e->n_body++] = (struct slice){text + at, len};
		at += len;
		n = n > 200000 ? 3 : n * 3 + 1;
	}
}

static void
on_reply(struct edit *x)
{
	char *copy = arena_strdup(x->m->arena, x->arg);
	char *enhanced = strchr(copy, ' ');
	char *text = enhanced ? strchr(enhanced + 1, ' ') : NULL;

	if (!text)
		return;
	*enhanced++ = *text++ = '\0';
	x->e->verdict = *copy == '5' ? SESSION_REJECT : SESSION_TEMPFAIL;
	x->e->reply[0] = copy;
	x->e->reply[1] = enhanced;
	x->e->reply[2] = text;
}

static void
on_discard(struct edit *x)
{
	x->e->verdict = SESSION_DISCARD;
}

static void
on_sleep(struct edit *x)
{
	const struct timespec t = {strtol(x->arg, NULL, 10), 0};

	(void)nanosleep(&t, NULL);
}

static const struct {
	const char *verb;
	void (*edit)(struct edit *x);
} verbs[] = {
    {"from", on_from},
    {"rewrite", on_rewrite},
    {"drop-all", on_drop_all},
    {"drop", on_drop},
    {"add", on_add},
    {"body", on_body},
    {"reply", on_reply},
    {"discard", on_discard},
    {"sleep", on_sleep},
};

static void
run_verbs(const struct session_message *m, struct session_edits *e,
    const char *header)
{
	size_t i, k;

	for (i = 0; i < m->n_headers; i++) {
		const char *v = m->headers[i].value;

		if (strcasecmp(m->headers[i].name, header) != 0)
			continue;
		for (k = 0; k < sizeof(verbs) / sizeof(verbs[0]); k++) {
			size_t len = strlen(verbs[k].verb);
			struct edit x = {m, e, v + len + (v[len] == ' ')};

			if (strncmp(v, verbs[k].verb, len) == 0 &&
			    (v[len] == ' ' || v[len] == '\0'))
				verbs[k].edit(&x);
		}
	}
}

static bool
has(const struct session_message *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n_headers; i++)
		if (strcasecmp(m->headers[i].name, name) == 0)
			return true;
	return false;
}

static enum session_look
look(const struct session_message *m, struct session_edits *e, void *ctx)
{
	(void)ctx;
	if (has(m, "X-Refuse")) {
		run_verbs(m, e, "X-Refuse");
		return SESSION_REFUSE;
	}
	return has(m, "X-Probe") ? SESSION_OURS : SESSION_NOT_OURS;
}

static void
show_facts(const struct session_message *m)
{
	char value[512];
	size_t i;

	log_info("%s: client=%d name=%s login=%s daemon=%s local=%d from=%s "
	    "rcpts=%zu headers=%zu cut=%d body=%zu body_cut=%d", m->queue_id,
	    m->client.ss_family, m->client_name, m->login ? m->login : "-",
	    m->daemon ? m->daemon : "-", m->local_submit, m->from, m->n_rcpts,
	    m->n_headers, m->headers_cut, m->body.len, m->body_cut);
	for (i = 0; m->from_args[i]; i++)
		log_info("arg=%s", m->from_args[i]);
	for (i = 0; i < m->n_headers && i < 40; i++)
		log_info("header=%s value=\"%s\"", m->headers[i].name,
		    log_safe(value, sizeof(value), m->headers[i].value));
}

static void
decide(const struct session_message *m, struct session_edits *e, void *ctx)
{
	(void)ctx;
	show_facts(m);
	run_verbs(m, e, "X-Probe");
}

static void
done(const struct session_message *m, bool applied, void *ctx)
{
	(void)ctx;
	log_info("%s: done applied=%d", m->queue_id, applied);
}

static void
ready(void *ctx)
{
	(void)ctx;
	log_info("ready");
}

static void
reload(void *ctx)
{
	(void)ctx;
	log_info("reload");
}

int
main(int argc, char **argv)
{
	const struct session_ops ops = {
	    .name = "session_probe",
	    .body_max = 65536,
	    .keep_prefix = "X-Probe",
	    .look = look,
	    .decide = decide,
	    .done = done,
	    .ready = ready,
	    .reload = reload,
	};
	const char *error;
	int status;

	if (argc != 2)
		return 64;
	log_open("session_probe", LOG_TO_STDERR, 1);
	status = session_run(&ops, argv[1], "postfix", 300, &error);
	if (error)
		log_warnx("%s: %s", argv[1], error);
	return status;
}
