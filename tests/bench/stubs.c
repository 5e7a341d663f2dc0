/* stubs: what an initiator sends to a gateway, signed in advance, each with a
 * ticket of its own.
 *
 *	stubs KEY RELAY_DOMAIN GATEWAY CAMPAIGN CREATIVE DIGEST N DIR
 *
 * Writes DIR/1.eml ... and prints post's list, "RECIPIENT FILE". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/mail/ticket.h"

#define LIFETIME_MS (INT64_C(24) * 3600 * 1000)
#define COUNT_MAX 100000

struct batch {
	struct keyring *keys;
	const char *relay_domain, *campaign, *creative, *digest, *dir;
	struct ranking gateways;
};

static void
set(struct vars *v, const char *name, const char *value)
{
	const char *error;

	if (vars_set(v, slice_of(name), slice_of(value), &error) < 0)
		fatalx(EX_SOFTWARE, "%s: %s", name, error);
}

/* Lines end with CRLF; the ticket's own folding is "\n\t". */
static void
add_field(struct buf *out, const char *name, const char *body)
{
	buf_printf(out, "%s: ", name);
	for (; *body; body++) {
		if (*body == '\n')
			buf_add_char(out, '\r');
		buf_add_char(out, *body);
	}
	buf_add_str(out, "\r\n");
}

static void
write_stub(const struct batch *b, struct arena *arena, int number,
    const char *to, const char *ranked, const struct ticket *t,
    const struct vars *stub, const struct vars *record)
{
	const char *subject = "{{first_name}}, spring is here";
	const char *ticket, **data, *path;
	struct buf out = {0};
	size_t n, i;

	ticket_write(arena, t, stub, slice_of(subject), record, b->keys, &ticket,
	    &data, &n);
	add_field(&out, "From", "Offers <offers@shop.test>");
	add_field(&out, "To", to);
	add_field(&out, "Subject", subject);
	buf_printf(&out, "Message-ID: <stub%d@shop.test>\r\n", number);
	add_field(&out, "Date", "Mon, 06 Apr 2026 08:00:00 +0000");
	add_field(&out, "Nearpost-Campaign", b->campaign);
	add_field(&out, "Nearpost-Creative", b->creative);
	add_field(&out, "Nearpost-Ticket", ticket);
	for (i = 0; i < n; i++)
		add_field(&out, "Nearpost-Data", data[i]);
	buf_add_str(&out, "\r\n");
	for (i = 0; i < stub->n; i++)
		buf_printf(&out, "%s: %s\r\n", stub->list[i].name,
		    stub->list[i].value.data);
	path = arena_printf(arena, "%s/%d.eml", b->dir, number);
	if (file_write(path, slice_buf(&out), 0644) < 0)
		fatal("%s", path);
	printf("%s %s\n", ranked, path);
	buf_free(&out);
}

static void
make_one(const struct batch *b, int number)
{
	struct arena *arena = arena_new();
	const char *to = arena_printf(arena, "reader%d@one.test", number);
	struct vars stub, record;
	struct ticket t = {.campaign = b->campaign, .creative = b->creative,
		.recipient = to, .gateways = b->gateways};
	struct address address;
	const char *error, *ranked = NULL;

	(void)snprintf(t.asset_digest, sizeof(t.asset_digest), "%s", b->digest);
	ticket_new_id(t.id);
	t.requested_ms = clock_wall_ms();
	t.expires_ms = t.requested_ms + LIFETIME_MS;
	vars_init(&stub, arena);
	vars_init(&record, arena);
	set(&stub, "coupon", arena_printf(arena, "X7-%d", number));
	set(&record, "first_name", "Alice");
	set(&record, "city", "Lisbon");
	set(&record, "lang", "en");
	error = ticket_fault(&t);
	if (!error && address_parse(arena, slice_of(to), &address, &error) == 0)
		ranked = address_rank(arena, &address, &b->gateways, false,
		    b->relay_domain, &error);
	if (!ranked)
		fatalx(EX_USAGE, "stub %d: %s", number, error);
	write_stub(b, arena, number, to, ranked, &t, &stub, &record);
	arena_free(&arena);
}

int
main(int argc, char **argv)
{
	struct batch b = {0};
	char *error = NULL;
	long n;

	log_open("stubs", false, false);
	if (argc != 9 || (n = strtol(argv[7], NULL, 10)) < 1 || n > COUNT_MAX ||
	    ranking_parse(slice_of(argv[3]), ',', &b.gateways) < 0) {
		fputs("usage: stubs KEY RELAY_DOMAIN GATEWAY[,GATEWAY] CAMPAIGN "
		      "CREATIVE DIGEST N DIR\n", stderr);
		return EX_USAGE;
	}
	b.keys = keyring_load(argv[1], &error);
	if (!b.keys)
		fatalx(EX_NOINPUT, "%s", error);
	b.relay_domain = argv[2];
	b.campaign = argv[4];
	b.creative = argv[5];
	b.digest = argv[6];
	b.dir = argv[8];
	for (int i = 1; i <= (int)n; i++)
		make_one(&b, i);
	keyring_unref(&b.keys);
	return EX_OK;
}
