/* Writes what the gateway's tests need and no client could make: signed stubs with
 * every field as the test wants it.
 *
 *	mkstub keys DIR           signing.pem, public/test.pem, ca, certificates
 *	mkstub assets DIR KEY     MANIFEST and MANIFEST.sig; prints the digest
 *	mkstub stub KEY NAME=VALUE...
 *		recipient= campaign= creative= digest= from= subject= gateways=
 *		requested_ms= expires_ms= id= var.NAME= (body) record.NAME= (data)
 *		header.NAME= (any other)
 *	mkstub advert ASSETS KEYS STUB-FILE    what should come of it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "gateway-agent/expand.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/manifest.h"

static const char *
in_dir(struct arena *arena, const char *dir, const char *name)
{
	return arena_printf(arena, "%s/%s", dir, name);
}

static void
issue(struct arena *arena, const char *dir, const char *id)
{
	const char *error = "?";

	if (ca_issue(in_dir(arena, dir, "ca.pem"),
	        in_dir(arena, dir, "ca-key.pem"), id, "localhost",
	        in_dir(arena, dir, arena_printf(arena, "%s.pem", id)),
	        in_dir(arena, dir, arena_printf(arena, "%s-key.pem", id)), 30,
	        clock_wall_ms(), &error) != 0)
		fatalx(EX_SOFTWARE, "certificate of %s: %s", id, error);
}

static int
make_keys(struct arena *arena, const char *dir)
{
	struct pkey *key = pkey_generate();
	const char *error = "?";

	if (file_mkdirs(in_dir(arena, dir, "public"), 0755) != 0 ||
	    pkey_save_private(key, in_dir(arena, dir, "signing.pem")) != 0 ||
	    pkey_save_public(key, in_dir(arena, dir, "public/test.pem")) != 0)
		fatal("%s", dir);
	pkey_free(&key);
	if (ca_create(in_dir(arena, dir, "ca.pem"),
	        in_dir(arena, dir, "ca-key.pem"), "nearpost test", 30,
	        clock_wall_ms(), &error) != 0)
		fatalx(EX_SOFTWARE, "CA: %s", error);
	issue(arena, dir, "tyo");
	issue(arena, dir, "ini");
	return EX_OK;
}

static struct keyring *
load_key(const char *path)
{
	char *error = NULL;
	struct keyring *k = keyring_load(path, &error);

	if (!k)
		fatalx(EX_NOINPUT, "%s", error);
	return k;
}

static int
make_assets(const char *dir, const char *key)
{
	struct keyring *signer = load_key(key);
	struct manifest *m = NULL;
	char *error = NULL;

	if (manifest_build(dir, &error) != 0 ||
	    manifest_sign(dir, signer, &error) != 0 ||
	    !(m = manifest_load(dir, &error)))
		fatalx(EX_DATAERR, "%s", error);
	printf("%s\n", m->digest);
	manifest_free(&m);
	keyring_unref(&signer);
	return EX_OK;
}

struct stub_args {
	struct arena *arena;
	struct ticket t;
	const char *from, *subject;
	struct vars vars, record;
	struct buf headers;
};

static int64_t
number(struct slice value)
{
	int64_t n;

	if (text_int(value, 0, INT64_MAX, &n) != 0)
		fatalx(EX_USAGE, "no number");
	return n;
}

static void
set_var(struct vars *v, const char *name, struct slice value)
{
	const char *error = "?";

	if (vars_set(v, slice_of(name), value, &error) != 0)
		fatalx(EX_USAGE, "%s: %s", name, error);
}

static void
take_ticket_arg(struct stub_args *a, const char *name, const char *value)
{
	struct ticket *t = &a->t;

	if (strcmp(name, "recipient") == 0)
		t->recipient = value;
	else if (strcmp(name, "campaign") == 0)
		t->campaign = value;
	else if (strcmp(name, "creative") == 0)
		t->creative = value;
	else if (strcmp(name, "digest") == 0)
		(void)snprintf(t->asset_digest, sizeof(t->asset_digest), "%s",
		    value);
	else if (strcmp(name, "id") == 0)
		(void)snprintf(t->id, sizeof(t->id), "%s", value);
	else if (strcmp(name, "requested_ms") == 0)
		t->requested_ms = number(slice_of(value));
	else if (strcmp(name, "expires_ms") == 0)
		t->expires_ms = number(slice_of(value));
	else if (strcmp(name, "gateways") != 0 ||
	    ranking_parse(slice_of(value), ',', &t->gateways) != 0)
		fatalx(EX_USAGE, "what is %s?", name);
}

static void
take_arg(struct stub_args *a, const char *arg)
{
	const char *eq = strchr(arg, '='), *name;

	if (!eq)
		fatalx(EX_USAGE, "%s is no name=value", arg);
	name = arena_strndup(a->arena, arg, (size_t)(eq - arg));
	if (strncmp(name, "var.", 4) == 0)
		set_var(&a->vars, name + 4, slice_of(eq + 1));
	else if (strncmp(name, "record.", 7) == 0)
		set_var(&a->record, name + 7, slice_of(eq + 1));
	else if (strncmp(name, "header.", 7) == 0)
		buf_printf(&a->headers, "%s: %s\n", name + 7, eq + 1);
	else if (strcmp(name, "from") == 0)
		a->from = eq + 1;
	else if (strcmp(name, "subject") == 0)
		a->subject = eq + 1;
	else
		take_ticket_arg(a, name, eq + 1);
}

/* Lines end with LF; SMTP clients make CRLF of them. */
static void
print_stub(const struct stub_args *a, const struct keyring *signer)
{
	const char *ticket, **data;
	size_t n, i;

	ticket_write(a->arena, &a->t, &a->vars, slice_of(a->subject),
	    &a->record, signer, &ticket, &data, &n);
	printf("Received: from sender.test by ini.test\nFrom: %s\nTo: %s\n",
	    a->from, a->t.recipient);
	if (*a->subject)
		printf("Subject: %s\n", a->subject);
	printf("Nearpost-Campaign: %s\nNearpost-Ticket: %s\n", a->t.campaign,
	    ticket);
	for (i = 0; i < n; i++)
		printf("Nearpost-Data: %s\n", data[i]);
	printf("%s\n", a->headers.data ? a->headers.data : "");
	for (i = 0; i < a->vars.n; i++)
		printf("%s: %.*s\n", a->vars.list[i].name,
		    (int)a->vars.list[i].value.len, a->vars.list[i].value.data);
}

static int
make_stub(struct arena *arena, const char *key, char **args)
{
	struct stub_args a = {.arena = arena, .from = "o@shop.test",
	    .subject = ""};
	struct keyring *signer = load_key(key);
	const char *fault;

	vars_init(&a.vars, arena);
	vars_init(&a.record, arena);
	ticket_new_id(a.t.id);
	a.t.requested_ms = clock_wall_ms();
	a.t.expires_ms = a.t.requested_ms + INT64_C(7) * 24 * 3600 * 1000;
	(void)ranking_parse(slice_of("tyo"), ',', &a.t.gateways);
	for (; *args; args++)
		take_arg(&a, *args);
	fault = ticket_fault(&a.t);
	if (fault)
		fatalx(EX_USAGE, "%s", fault);
	print_stub(&a, signer);
	buf_free(&a.headers);
	keyring_unref(&signer);
	return EX_OK;
}

/* Header fields and body of a file with CRLF, as a milter would see them. */
static void
split_message(struct arena *arena, struct slice text,
    struct session_message *m)
{
	m->headers = arena_alloc(arena, 100 * sizeof(*m->headers));
	while (text.len && *text.data != '\r' && m->n_headers < 100) {
		const char *end = text.data, *colon;
		size_t len;

		do
			end = strchr(end, '\n') + 1;
		while (*end == ' ' || *end == '\t');
		len = (size_t)(end - text.data);
		colon = memchr(text.data, ':', len);
		m->headers[m->n_headers++] = (struct header){
		    arena_strndup(arena, text.data,
		        (size_t)(colon - text.data)),
		    arena_strndup(arena, colon + 2,
		        (size_t)(end - 2 - (colon + 2)))};
		text.data += len;
		text.len -= len;
	}
	m->body = (struct slice){text.data + 2, text.len - 2};
}

static int
make_advert(struct arena *arena, const char *dir, const char *keys_path,
    const char *file)
{
	struct keyring *keys = load_key(keys_path);
	struct session_message m = {.arena = arena, .queue_id = "x",
	    .from = "<>"};
	struct session_rcpt rcpt = {.address = NULL};
	struct session_edits edits = {0};
	struct buf text = {0}, out = {0};
	struct expand_job job;
	struct assets *assets;
	char *error = NULL;
	size_t i;

	stub_init();
	if (file_read(file, 10000000, &text) != 0)
		fatal("%s", file);
	split_message(arena, slice_buf(&text), &m);
	for (i = 0; i < m.n_headers; i++)
		if (strcmp(m.headers[i].name, "To") == 0)
			rcpt.address = arena_printf(arena, "<%s.tyo.relay.test>",
			    m.headers[i].value);
	m.rcpts = &rcpt;
	m.n_rcpts = 1;
	assets = assets_load(dir, keys, &error);
	if (!assets)
		fatalx(EX_DATAERR, "%s", error);
	if (expand_check(&m, "relay.test", keys, clock_wall_ms(), 60000, &job,
	        &edits) != 0 ||
	    expand_build(&m, assets, SIZE_MAX, clock_wall_ms(), &job,
	        &edits) != 0)
		fatalx(EX_DATAERR, "%s", edits.reply[2]);
	advert_text(&job.advert, &out);
	if (fwrite(out.data, 1, out.len, stdout) != out.len)
		fatal("stdout");
	buf_free(&text);
	buf_free(&out);
	assets_unref(&assets);
	keyring_unref(&keys);
	return EX_OK;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	int status;

	log_open("mkstub", LOG_TO_STDERR, 0);
	if (argc == 3 && strcmp(argv[1], "keys") == 0)
		status = make_keys(arena, argv[2]);
	else if (argc == 4 && strcmp(argv[1], "assets") == 0)
		status = make_assets(argv[2], argv[3]);
	else if (argc == 5 && strcmp(argv[1], "advert") == 0)
		status = make_advert(arena, argv[2], argv[3], argv[4]);
	else if (argc > 3 && strcmp(argv[1], "stub") == 0)
		status = make_stub(arena, argv[2], argv + 3);
	else
		fatalx(EX_USAGE, "keys DIR | assets DIR KEY | stub KEY ... | advert ...");
	arena_free(&arena);
	return status;
}
