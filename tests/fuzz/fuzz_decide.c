/* A whole decision of the milter.  Sections of the input, each ended by a line
 * "%%": the transport table, the recipients (one a line), policyd's answers (used
 * one after the other, and again from the first), the headers, the body.
 *
 * The log of a million messages is of no use; FUZZ_LOG=1 shows it, and what a
 * sanitizer says, when a finding is looked at.
 *
 * Whatever came: either nothing is edited, or every recipient is replaced by ranked
 * ones with a ticket each, and no header can be broken out of. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "milter/outcome.h"

#define FIELDS_MAX 32
#define RCPTS_MAX 24

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct keyring *signer;

static void
make_signer(void)
{
	char path[64], *why = NULL;
	struct pkey *key = pkey_generate();

	(void)snprintf(path, sizeof(path), "/tmp/np-fuzz-decide.%ld",
	    (long)getpid());
	if (pkey_save_private(key, path) != 0)
		abort();
	pkey_free(&key);
	signer = keyring_load(path, &why);
	(void)unlink(path);
	if (!signer)
		abort();
	stub_init();
}

static void
decide_muted(const struct decide_settings *s, const struct decide_world *w,
    const struct session_message *m, struct session_edits *e)
{
	int keep = -1, null;
	struct outcome *o;

	if (!getenv("FUZZ_LOG")) {
		keep = dup(STDERR_FILENO);
		null = open("/dev/null", O_WRONLY);
		(void)dup2(null, STDERR_FILENO);
		(void)close(null);
	}
	o = decide(s, w, m, e);
	outcome_done(o, w, m, e->verdict == SESSION_CONTINUE);
	if (keep >= 0) {
		(void)dup2(keep, STDERR_FILENO);
		(void)close(keep);
	}
}

static struct slice
section(struct slice *rest)
{
	const char *end = rest->len ?
	    memmem(rest->data, rest->len, "%%\n", 3) : NULL;
	struct slice s = *rest;

	if (!end) {
		*rest = (struct slice){"", 0};
		return s;
	}
	s.len = (size_t)(end - s.data);
	rest->data = end + 3;
	rest->len -= s.len + 3;
	return s;
}

struct policyd {
	struct slice text, rest;
};

/* Answers that cannot be parsed end the conversation, as in ask.c. */
static int
ask(void *ctx, struct arena *arena, const struct slice *requests, size_t n,
    struct policy_message *answers_r, const char **error_r)
{
	struct policyd *p = ctx;
	struct policy_message question;
	size_t i, used;

	for (i = 0; i < n; i++) {
		/* What we ask is well formed, always. */
		if (policy_parse(arena, requests[i], &question, &used,
		        error_r) != 1 || used != requests[i].len)
			abort();
		if (p->rest.len == 0)
			p->rest = p->text;
		*error_r = "no answer";
		if (policy_parse(arena, p->rest, &answers_r[i], &used,
		        error_r) != 1)
			return -1;
		p->rest.data += used;
		p->rest.len -= used;
	}
	return 0;
}

static void
read_message(struct slice rcpts, struct slice fields, struct slice body,
    struct session_message *m)
{
	static const char *const args[] = {"SMTPUTF8", NULL};
	struct slice line, name;

	m->queue_id = "4jQ";
	m->client_name = "";
	m->local_submit = true;
	m->from = "<o@s.test>";
	m->from_args = args;
	m->body = body;
	m->rcpts = arena_alloc(m->arena, RCPTS_MAX * sizeof(*m->rcpts));
	m->headers = arena_alloc(m->arena, FIELDS_MAX * sizeof(*m->headers));
	while (m->n_rcpts < RCPTS_MAX && slice_split(&rcpts, '\n', &line))
		m->rcpts[m->n_rcpts++].address = arena_printf(m->arena,
		    "<%s>", arena_strndup(m->arena, line.data, line.len));
	while (m->n_headers < FIELDS_MAX &&
	    slice_split(&fields, '\n', &line)) {
		if (!slice_split(&line, ':', &name))
			continue;
		m->headers[m->n_headers++] = (struct header){
		    arena_strndup(m->arena, name.data, name.len),
		    arena_strndup(m->arena, line.data ? line.data : "",
		        line.len)};
	}
}

static void
check_headers(const struct session_edits *e)
{
	size_t i, size = 0, tickets = 0;
	const char *s;

	for (i = 0; i < e->n_add_headers; i++) {
		const struct header *h = &e->add_headers[i];

		tickets += strcasecmp(h->name, STUB_TICKET) == 0;
		size += strlen(h->name) + strlen(h->value) + 4;
		for (s = h->value; *s; s++)
			if (*s == '\r' ||
			    (*s == '\n' && s[1] != '\t' && s[1] != ' '))
				abort();
	}
	if (size > DECIDE_HEADERS_MAX || tickets != e->n_add_rcpts)
		abort();
}

static void
check(const struct decide_settings *s, const struct session_message *m,
    const struct session_edits *e)
{
	size_t i;

	if (e->verdict != SESSION_CONTINUE && (e->drop_rcpt || e->drop_header ||
	        e->n_add_rcpts || e->n_add_headers))
		abort();
	if ((e->verdict == SESSION_REJECT || e->verdict == SESSION_TEMPFAIL) &&
	    (!e->reply[0] || !e->reply[1] || !e->reply[2] ||
	        e->reply[0][0] != (e->verdict == SESSION_REJECT ? '5' : '4')))
		abort();
	for (i = 0; i < e->n_add_rcpts; i++) {
		const char *a = e->add_rcpts[i].address;

		if (*a != '<' || !address_in_domain(
		        (struct slice){a + 1, strlen(a) - 2}, s->relay_domain))
			abort();
	}
	for (i = 0; e->drop_rcpt && i < m->n_rcpts; i++)
		if (!e->drop_rcpt[i])
			abort();
	check_headers(e);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct slice rest = {(const char *)data, size};
	struct slice table = section(&rest), rcpts = section(&rest);
	struct policyd policyd = {section(&rest), {NULL, 0}};
	struct slice fields = section(&rest);
	struct session_message m = {.arena = arena_new()};
	struct session_edits e = {0};
	enum refusal cause;
	struct decide_settings s = {.relay_domain = "nearpost.internal",
	    .local_submission = true, .max_recipients = 20,
	    .ticket_lifetime_ms = 86400000};
	struct routes *routes = routes_parse(table, s.relay_domain);
	struct decide_world w = {1795480000000, routes, ask, &policyd,
	    NULL};

	if (!signer)
		make_signer();
	s.signer = signer;
	read_message(rcpts, fields, rest, &m);
	if (decide_look(&s, &m, &e, &cause) == SESSION_OURS) {
		decide_muted(&s, &w, &m, &e);
		check(&s, &m, &e);
	}
	routes_unref(&routes);
	arena_free(&m.arena);
	return 0;
}
