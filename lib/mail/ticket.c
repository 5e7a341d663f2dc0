/* The tags have one order and one form each: there is one way to write a ticket,
 * so nothing in it can mean one thing to the signer and another to a gateway. */
#include "lib/mail/ticket.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>
#include <sysexits.h>

#include "lib/base/codec.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/ticket_data.h"

enum tag {
	TAG_V = 0,
	TAG_ID,
	TAG_KEY,
	TAG_CAMPAIGN,
	TAG_CREATIVE,
	TAG_ASSETS,
	TAG_RECIPIENT,
	TAG_GATEWAYS,
	TAG_REQUESTED,
	TAG_EXPIRES,
	TAG_DIGEST,
	TAG_SIGNATURE,
	N_TAGS
};
static const char tag_letters[] = "vikceargtxdb";

struct parsed {
	struct ticket ticket;
	struct address recipient;
	struct slice signed_part; /* in the arena */
	unsigned char digest[SHA256_SIZE];
	unsigned char signature[ED25519_SIG_SIZE];
};

void
ticket_new_id(char id_r[TICKET_ID_LEN + 1])
{
	unsigned char random[TICKET_ID_LEN / 2];
	struct buf hex = {0};

	random_bytes(random, sizeof(random));
	hex_encode(&hex, random, sizeof(random));
	memcpy(id_r, hex.data, TICKET_ID_LEN + 1);
	buf_free(&hex);
}

bool
ticket_name_ok(struct slice name)
{
	size_t i;

	if (name.len == 0 || name.len > TICKET_NAME_MAX || name.data[0] == '.')
		return false;
	for (i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		        (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		        c == '-'))
			return false;
	}
	return true;
}

static bool
hex_ok(struct slice s, size_t len)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!((s.data[i] >= '0' && s.data[i] <= '9') ||
		        (s.data[i] >= 'a' && s.data[i] <= 'f')))
			return false;
	return s.len == len;
}

static bool
assets_ok(struct slice s)
{
	const size_t prefix = strlen("sha256:");

	if (s.len < prefix || memcmp(s.data, "sha256:", prefix) != 0)
		return false;
	s.data += prefix;
	s.len -= prefix;
	return hex_ok(s, 2 * SHA256_SIZE);
}

/* The recipient as it can stand in a ticket: there is one way to write it. */
static bool
recipient_ok(struct arena *arena, struct slice s, struct address *out_r)
{
	const char *error;

	return address_parse(arena, s, out_r, &error) == 0 &&
	    slice_eq_str(s, address_text(arena, out_r));
}

const char *
ticket_fault(const struct ticket *t)
{
	struct arena *arena = arena_new();
	struct address recipient;
	const char *fault = NULL;
	int i;

	if (!hex_ok(slice_of(t->id), TICKET_ID_LEN))
		fault = "the ticket has no id";
	else if (!ticket_name_ok(slice_of(t->campaign)))
		fault = "the campaign's name is not valid";
	else if (!ticket_name_ok(slice_of(t->creative)))
		fault = "the creative's name is not valid";
	else if (!assets_ok(slice_of(t->asset_digest)))
		fault = "the asset digest is not sha256: and 64 hex digits";
	else if (!t->recipient ||
	    !recipient_ok(arena, slice_of(t->recipient), &recipient))
		fault = "the recipient is no canonical address";
	else if (t->gateways.n < 1 || t->gateways.n > ADDRESS_RANK_MAX)
		fault = "there is no gateway";
	else if (t->requested_ms < 0 || t->expires_ms < t->requested_ms)
		fault = "it expires before it was requested";
	for (i = 0; !fault && i < t->gateways.n; i++)
		if (!address_id_ok(slice_of(t->gateways.id[i])))
			fault = "a gateway's id is not valid";
	arena_free(&arena);
	return fault;
}

static void
add_base64url(struct buf *out, char letter, const void *data, size_t len)
{
	buf_printf(out, "%c=", letter);
	base64url_encode(out, data, len);
}

void
ticket_write(struct arena *arena, const struct ticket *t,
    const struct vars *stub_vars, struct slice subject,
    const struct vars *record, const struct keyring *signer,
    const char **ticket_r, const char ***data_r, size_t *n_data_r)
{
	unsigned char digest[SHA256_SIZE], signature[ED25519_SIG_SIZE];
	char key_id[KEYRING_ID_SIZE];
	const struct pkey *key = keyring_signing(signer, key_id);
	const char *fault = ticket_fault(t);
	struct buf body = {0}, data = {0};

	if (!key || fault)
		fatalx(EX_SOFTWARE, "cannot write a ticket: %s",
		    fault ? fault : "there is no signing key");
	if (record)
		vars_canonical(record, &data);
	ticket_digest(stub_vars, subject, slice_buf(&data), digest);
	buf_printf(&body, "v=1;i=%s;k=%s;c=%s;e=%s;a=%s;", t->id, key_id,
	    t->campaign, t->creative, t->asset_digest);
	add_base64url(&body, 'r', t->recipient, strlen(t->recipient));
	buf_add_str(&body, ";g=");
	ranking_text(&t->gateways, ',', &body);
	buf_printf(&body, ";t=%" PRId64 ";x=%" PRId64 ";", t->requested_ms,
	    t->expires_ms);
	add_base64url(&body, 'd', digest, sizeof(digest));
	buf_add_str(&body, ";b=");
	pkey_sign(key, slice_buf(&body), signature);
	base64url_encode(&body, signature, sizeof(signature));
	*ticket_r = ticket_fold(arena, slice_buf(&body));
	*n_data_r = ticket_data_write(arena, t->id, slice_buf(&data), data_r);
	buf_free(&body);
	buf_free(&data);
}

static bool
decode_exactly(struct slice in, unsigned char *out_r, size_t len)
{
	struct buf out = {0};
	bool ok = base64url_decode(&out, in) == 0 && out.len == len;

	if (ok)
		memcpy(out_r, out.data, len);
	buf_free(&out);
	return ok;
}

static bool
take_recipient(struct arena *arena, struct slice in, struct parsed *p)
{
	struct buf text = {0};
	bool ok = base64url_decode(&text, in) == 0 &&
	    recipient_ok(arena, slice_buf(&text), &p->recipient);

	if (ok)
		p->ticket.recipient =
		    arena_strndup(arena, text.data, text.len);
	buf_free(&text);
	return ok;
}

static bool
take_text(char *dst, struct slice s, bool ok)
{
	if (ok) {
		memcpy(dst, s.data, s.len);
		dst[s.len] = '\0';
	}
	return ok;
}

static bool
take_tag(struct arena *arena, enum tag tag, struct slice v, struct parsed *p)
{
	struct ticket *t = &p->ticket;

	switch (tag) {
	case TAG_V:
		return slice_eq_str(v, "1");
	case TAG_ID:
		return take_text(t->id, v, hex_ok(v, TICKET_ID_LEN));
	case TAG_KEY:
		return take_text(t->key_id, v, hex_ok(v, KEYRING_ID_SIZE - 1));
	case TAG_CAMPAIGN:
		t->campaign = arena_strndup(arena, v.data, v.len);
		return ticket_name_ok(v);
	case TAG_CREATIVE:
		t->creative = arena_strndup(arena, v.data, v.len);
		return ticket_name_ok(v);
	case TAG_ASSETS:
		return take_text(t->asset_digest, v, assets_ok(v));
	case TAG_RECIPIENT:
		return take_recipient(arena, v, p);
	case TAG_GATEWAYS:
		return ranking_parse(v, ',', &t->gateways) == 0;
	case TAG_REQUESTED:
		return text_int(v, 0, INT64_MAX / 2, &t->requested_ms) == 0;
	case TAG_EXPIRES:
		return text_int(v, t->requested_ms, INT64_MAX / 2,
		           &t->expires_ms) == 0;
	case TAG_DIGEST:
		return decode_exactly(v, p->digest, sizeof(p->digest));
	case TAG_SIGNATURE:
		return decode_exactly(v, p->signature, sizeof(p->signature));
	case N_TAGS:
		break;
	}
	return false;
}

static int
parse(struct arena *arena, struct slice body, struct parsed *p,
    const char **error_r)
{
	static const char *const errors[N_TAGS] = {
	    "v= is not 1", "i= is no ticket id", "k= is no key id",
	    "c= is no campaign", "e= is no creative", "a= is no asset digest",
	    "r= is no recipient", "g= names no gateways", "t= is no time",
	    "x= is no time after t=", "d= is no digest", "b= is no signature"};
	struct slice rest, tag;
	int i;

	*p = (struct parsed){0};
	if (body.len > TICKET_MAX) {
		*error_r = "the ticket is too long";
		return -1;
	}
	rest = ticket_squeeze(arena, body);
	p->signed_part.data = rest.data;
	for (i = 0; i < N_TAGS; i++) {
		*error_r = errors[i];
		if (!slice_split(&rest, ';', &tag) || tag.len < 2 ||
		    tag.data[0] != tag_letters[i] || tag.data[1] != '=')
			return -1;
		tag.data += 2;
		tag.len -= 2;
		if (!take_tag(arena, (enum tag)i, tag, p))
			return -1;
	}
	p->signed_part.len = (size_t)(tag.data - p->signed_part.data);
	if (tag.data[tag.len] != '\0') {
		*error_r = "there is something behind the signature";
		return -1;
	}
	*error_r = NULL;
	return 0;
}

int
ticket_parse(struct arena *arena, struct slice body, struct ticket *out_r,
    const char **error_r)
{
	struct parsed p;

	if (parse(arena, body, &p, error_r) < 0)
		return -1;
	*out_r = p.ticket;
	return 0;
}

static enum ticket_result
check(const struct parsed *p, const struct header *headers, size_t n,
    const struct vars *stub_vars, struct slice subject,
    const struct keyring *keys, int64_t now_ms, int64_t tolerance_ms,
    struct vars *record_r)
{
	const struct pkey *key = keyring_find(keys, p->ticket.key_id);
	unsigned char digest[SHA256_SIZE];
	struct buf data = {0};
	enum ticket_result result = TICKET_ALTERED;

	if (!key)
		return TICKET_UNKNOWN_KEY;
	if (!pkey_verify(key, p->signed_part, p->signature))
		return TICKET_FORGED;
	if (ticket_data_collect(headers, n, p->ticket.id, &data) == 0) {
		ticket_digest(stub_vars, subject, slice_buf(&data), digest);
		if (memcmp(digest, p->digest, sizeof(digest)) == 0)
			result = TICKET_OK;
	}
	if (result == TICKET_OK &&
	    ticket_data_parse(slice_buf(&data), record_r) < 0)
		result = TICKET_MALFORMED; /* by its own signer */
	buf_free(&data);
	if (result != TICKET_OK)
		return result;
	if (p->ticket.requested_ms - tolerance_ms > now_ms)
		return TICKET_FUTURE;
	if (p->ticket.expires_ms + tolerance_ms < now_ms)
		return TICKET_EXPIRED;
	return TICKET_OK;
}

enum ticket_result
ticket_check(struct arena *arena, const struct header *headers, size_t n,
    const struct address *recipient, const struct vars *stub_vars,
    struct slice subject, const struct keyring *keys, int64_t now_ms,
    int64_t tolerance_ms, struct ticket *out_r, struct vars *record_r)
{
	enum ticket_result first = TICKET_NONE, result;
	struct parsed p;
	const char *error;
	size_t i;

	vars_init(record_r, arena);
	for (i = 0; i < n; i++) {
		if (strcasecmp(headers[i].name, "Nearpost-Ticket") != 0)
			continue;
		if (parse(arena, slice_of(headers[i].value), &p, &error) < 0) {
			if (first == TICKET_NONE)
				first = TICKET_MALFORMED;
			continue;
		}
		if (strcmp(p.recipient.local, recipient->local) != 0 ||
		    strcasecmp(p.recipient.domain, recipient->domain) != 0)
			continue;
		result = check(&p, headers, n, stub_vars, subject, keys,
		    now_ms, tolerance_ms, record_r);
		if (result == TICKET_OK || first == TICKET_NONE ||
		    first == TICKET_MALFORMED) {
			*out_r = p.ticket;
			first = result;
		}
		if (result == TICKET_OK)
			return result;
		vars_init(record_r, arena);
	}
	return first;
}

const char *
ticket_result_text(enum ticket_result r)
{
	static const char *const texts[] = {
	    [TICKET_OK] = "valid",
	    [TICKET_NONE] = "no ticket for this recipient",
	    [TICKET_MALFORMED] = "the ticket is malformed",
	    [TICKET_UNKNOWN_KEY] = "the ticket is signed with an unknown key",
	    [TICKET_FORGED] = "the ticket's signature is wrong",
	    [TICKET_ALTERED] = "the stub was altered after it was signed",
	    [TICKET_EXPIRED] = "the ticket has expired",
	    [TICKET_FUTURE] = "the ticket is from the future: check the clocks",
	};

	return texts[r];
}
