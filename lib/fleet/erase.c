/* SHA-256 without a key: every policyd and nearpostctl must come to the same
 * digest, and a key in the same Redis would hide it from nobody who has the rest.
 * Who has an address can so find out whether it was erased; who has the digest
 * alone has to guess addresses. */
#include "lib/fleet/erase.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lib/base/codec.h"
#include "lib/base/crypto.h"

void
erase_digest(char digest_r[ERASE_DIGEST_SIZE], const char *address)
{
	unsigned char raw[SHA256_SIZE];
	struct buf lower = {0}, hex = {0};

	buf_add_str(&lower, "");
	for (; *address; address++)
		buf_add_char(&lower, (char)tolower((unsigned char)*address));
	sha256(lower.data, lower.len, raw);
	buf_add_str(&hex, ERASE_DIGEST_PREFIX);
	hex_encode(&hex, raw, sizeof(raw));
	memcpy(digest_r, hex.data, hex.len + 1);
	buf_free(&lower);
	buf_free(&hex);
}

bool
erase_is_digest(const char *name)
{
	size_t n = strlen(ERASE_DIGEST_PREFIX);

	return strncmp(name, ERASE_DIGEST_PREFIX, n) == 0 &&
	    strlen(name) == n + 2 * SHA256_SIZE &&
	    strspn(name + n, "0123456789abcdef") == 2 * SHA256_SIZE;
}

void
erase_from_delivery(struct delivery *d)
{
	static const char instead[] = "(erased)";
	size_t n = strlen(d->recipient), rest;
	char *at, *from = d->text;

	while (n > 0 && (at = strcasestr(from, d->recipient)) != NULL) {
		rest = strlen(at + n);
		if (n < sizeof(instead) - 1) { /* it may not fit */
			*at = '\0';
			break;
		}
		/* What stands instead is not searched: it may match. */
		from = at + sizeof(instead) - 1;
		memcpy(at, instead, sizeof(instead) - 1);
		memmove(from, at + n, rest + 1);
	}
	at = strrchr(d->recipient, '@');
	if (at)
		memmove(d->recipient, at, strlen(at) + 1);
	else
		d->recipient[0] = '\0';
}

static void
digest_key(struct command *c, const char *prefix, const char *digest)
{
	command_addf(c, "%ssuppressed:{%s}", prefix, digest);
}

void
schema_digest_lookup(struct command *c_r, struct arena *arena,
    const char *prefix, const char *address)
{
	char digest[ERASE_DIGEST_SIZE];

	erase_digest(digest, address);
	command_init(c_r, arena, "HGETALL");
	digest_key(c_r, prefix, digest);
}

void
schema_digest_read(struct arena *arena, const struct reply *r,
    struct recipient *recipient)
{
	struct reply both[2] = {{0}};
	struct recipient as;

	if (recipient->suppressed)
		return;
	both[1] = *r;
	schema_recipient_read(arena, both, &as);
	recipient->suppressed = as.suppressed;
	recipient->reason = as.reason;
	recipient->by = as.by;
	recipient->since_ms = as.since_ms;
}

void
schema_erase_mark(struct command commands_r[SCHEMA_ERASE_MARKS],
    struct arena *arena, const char *prefix, const char *digest,
    const char *reason, int64_t now_ms)
{
	schema_suppress(commands_r, arena, prefix, digest, reason,
	    "nearpostctl", now_ms, now_ms);
	command_init(&commands_r[2], arena, "ZADD");
	command_addf(&commands_r[2], "%serased", prefix);
	command_addf(&commands_r[2], "%" PRId64, now_ms);
	command_addf(&commands_r[2], "%s", digest);
	command_add(&commands_r[2], "+inf");
	command_add(&commands_r[2], ERASED_EVER);
}

void
schema_erase_unmark(struct command commands_r[SCHEMA_ERASE_UNMARKS],
    struct arena *arena, const char *prefix, const char *digest)
{
	schema_unsuppress(commands_r, arena, prefix, digest);
	command_init(&commands_r[2], arena, "ZREM");
	command_addf(&commands_r[2], "%serased", prefix);
	command_addf(&commands_r[2], "%s", digest);
}

void
schema_erased_trim(struct command *c_r, struct arena *arena,
    const char *prefix, int64_t before_ms)
{
	command_init(c_r, arena, "ZREMRANGEBYSCORE");
	command_addf(c_r, "%serased", prefix);
	command_add(c_r, "-inf");
	command_addf(c_r, "(%" PRId64, before_ms);
}

void
schema_event_delete(struct command *c_r, struct arena *arena,
    const char *prefix, const char *id)
{
	command_init(c_r, arena, "XDEL");
	command_addf(c_r, "%sevents", prefix);
	command_addf(c_r, "%s", id);
}

void
schema_ticket_delete(struct command commands_r[SCHEMA_TICKET_DELETES],
    struct arena *arena, const char *prefix, const char *ticket)
{
	static const char *const what[] = {"decision", "delivered"};
	size_t i;

	for (i = 0; i < SCHEMA_TICKET_DELETES; i++) {
		command_init(&commands_r[i], arena, "DEL");
		command_addf(
		    &commands_r[i], "%s%s:{%s}", prefix, what[i], ticket);
	}
}

void
schema_queue_delete(struct command *c_r, struct arena *arena,
    const char *prefix, const char *queue_id)
{
	command_init(c_r, arena, "DEL");
	command_addf(c_r, "%squeue:{%s}", prefix, queue_id);
}
