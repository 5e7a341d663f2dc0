#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/mail/ticket.h"

#define NOW INT64_C(1700000000000)
#define DAY (INT64_C(24) * 3600 * 1000)
#define TOLERANCE (INT64_C(5) * 60 * 1000)
#define ASSETS                                                                 \
	"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define MAX_HEADERS 64
#define SUBJECT "{{first_name}}, spr\xc3\xbcng is here"

static struct arena *arena;
static char dir[] = "/tmp/nearpost-ticket.XXXXXX";
static char signing[64], public[64], other[64];
static struct keyring *signer, *public_ring;
static struct ticket ticket;
static struct address alice;
static struct vars vars, record;
static struct header headers[MAX_HEADERS];
static size_t n_headers;

static struct keyring *
load(const char *path)
{
	char *error = NULL;
	struct keyring *k = keyring_load(path, &error);

	ck_assert_msg(k != NULL, "%s", error);
	return k;
}

static void
make_keys(void)
{
	struct pkey *key = pkey_generate();

	(void)snprintf(signing, sizeof(signing), "%s/signing.key", dir);
	(void)snprintf(public, sizeof(public), "%s/public.pem", dir);
	(void)snprintf(other, sizeof(other), "%s/other.pem", dir);
	ck_assert_int_eq(pkey_save_private(key, signing), 0);
	ck_assert_int_eq(pkey_save_public(key, public), 0);
	pkey_free(&key);
	key = pkey_generate();
	ck_assert_int_eq(pkey_save_public(key, other), 0);
	pkey_free(&key);
}

static void
set(struct vars *v, const char *name, const char *value)
{
	const char *error;

	ck_assert_int_eq(
	    vars_set(v, slice_of(name), slice_of(value), &error), 0);
}

/* Write the ticket of `recipient` and append its headers. */
static void
write_for(const char *recipient)
{
	const char *body, **data;
	size_t n, i;

	ticket_new_id(ticket.id);
	ticket.recipient = recipient;
	ck_assert_ptr_null(ticket_fault(&ticket));
	ticket_write(arena, &ticket, &vars, slice_of(SUBJECT), &record, signer,
	    &body, &data, &n);
	ck_assert_uint_lt(n_headers + n, MAX_HEADERS);
	headers[n_headers++] = (struct header){"Nearpost-Ticket", body};
	for (i = 0; i < n; i++)
		headers[n_headers++] = (struct header){"Nearpost-Data", data[i]};
}

static void
setup(void)
{
	const char *error;

	arena = arena_new();
	ck_assert_ptr_nonnull(mkdtemp(dir));
	make_keys();
	signer = load(signing);
	public_ring = load(dir);
	vars_init(&vars, arena);
	vars_init(&record, arena);
	set(&vars, "first_name", "Zo\xc3\xab");
	set(&record, "coupon", "X7-99");
	set(&record, "first_name", "a=1:\t;b");
	set(&record, "items.0.name", "Fern");
	ticket = (struct ticket){.campaign = "spring-2026",
	    .creative = "hero-en", .asset_digest = ASSETS,
	    .gateways = {{"tyo", "lon"}, 2}, .requested_ms = NOW,
	    .expires_ms = NOW + 7 * DAY};
	ck_assert_int_eq(address_parse(arena, slice_of("alice@example.org"),
	    &alice, &error), 0);
	n_headers = 0;
	headers[n_headers++] = (struct header){"Subject", SUBJECT};
	write_for("alice@example.org");
}

static void
teardown(void)
{
	keyring_unref(&signer);
	keyring_unref(&public_ring);
	(void)unlink(signing);
	(void)unlink(public);
	(void)unlink(other);
	(void)rmdir(dir);
	arena_free(&arena);
}

static enum ticket_result
check_at(int64_t now_ms, struct ticket *t, struct vars *r)
{
	return ticket_check(arena, headers, n_headers, &alice, &vars,
	    slice_of(SUBJECT), public_ring, now_ms, TOLERANCE, t, r);
}

static enum ticket_result
check(void)
{
	struct ticket t;
	struct vars r;

	return check_at(NOW, &t, &r);
}

START_TEST(a_ticket_says_what_was_written)
{
	struct ticket t;
	struct vars r;

	ck_assert_int_eq(check_at(NOW + 1, &t, &r), TICKET_OK);
	ck_assert_str_eq(t.id, ticket.id);
	ck_assert_str_eq(t.campaign, "spring-2026");
	ck_assert_str_eq(t.creative, "hero-en");
	ck_assert_str_eq(t.asset_digest, ASSETS);
	ck_assert_str_eq(t.recipient, "alice@example.org");
	ck_assert_int_eq(t.gateways.n, 2);
	ck_assert_str_eq(t.gateways.id[1], "lon");
	ck_assert_int_eq(t.requested_ms, NOW);
	ck_assert_int_eq(t.expires_ms, NOW + 7 * DAY);
	ck_assert_uint_eq(r.n, 3);
	ck_assert(slice_eq_str(
	    vars_get(&r, slice_of("items.0.name"))->value, "Fern"));
	ck_assert(slice_eq_str(
	    vars_get(&r, slice_of("first_name"))->value, "a=1:\t;b"));
}
END_TEST

static const struct {
	const char *name;
	int64_t now_ms;
	enum ticket_result want;
} times[] = {
    {"at once", NOW, TICKET_OK},
    {"clock behind within the tolerance", NOW - TOLERANCE, TICKET_OK},
    {"clock behind further", NOW - TOLERANCE - 1, TICKET_FUTURE},
    {"just before the end", NOW + 7 * DAY, TICKET_OK},
    {"end with tolerance", NOW + 7 * DAY + TOLERANCE, TICKET_OK},
    {"after the end", NOW + 7 * DAY + TOLERANCE + 1, TICKET_EXPIRED},
};

START_TEST(a_ticket_has_its_time)
{
	struct ticket t;
	struct vars r;

	ck_assert_msg(check_at(times[_i].now_ms, &t, &r) == times[_i].want,
	    "%s", times[_i].name);
	ck_assert_str_eq(t.id, ticket.id);
	ck_assert_uint_eq(r.n, times[_i].want == TICKET_OK ? 3 : 0);
}
END_TEST

static const struct {
	const char *name, *after; /* white space put behind every `every`th octet */
	size_t every;
} refolds[] = {
    {"as written", "", 1000},
    {"CRLF TAB", "\r\n\t", 70},
    {"LF SP", "\n ", 31},
    {"a space behind every octet", " ", 1},
};

START_TEST(refolded_headers_are_the_same_ticket)
{
	struct buf b = {0};
	size_t i, k;

	for (i = 1; i < n_headers; i++) {
		buf_clear(&b);
		for (k = 0; headers[i].value[k]; k++) {
			buf_add_char(&b, headers[i].value[k]);
			if (k % refolds[_i].every == refolds[_i].every - 1)
				buf_add_str(&b, refolds[_i].after);
		}
		headers[i].value = arena_strdup(arena, b.data);
		headers[i].name = i == 1 ? "NEARPOST-ticket" : "nearpost-DATA";
	}
	ck_assert_msg(check() == TICKET_OK, "%s", refolds[_i].name);
	buf_free(&b);
}
END_TEST

/* Change one octet of a header, keeping it of its kind. */
START_TEST(any_changed_octet_is_noticed)
{
	struct ticket t;
	size_t i, k;
	char *copy, c;
	const char *was;

	for (i = 1; i < n_headers; i++) {
		was = headers[i].value;
		for (k = 0; was[k]; k++) {
			c = was[k];
			if (c == ' ' || c == '\t' || c == '\n')
				continue;
			copy = arena_strdup(arena, was);
			copy[k] = c == '1' ? '2' : c == 'a' ? 'b' :
			    c == '8' ? '9' : c >= '0' && c <= '9' ? '1' : 'a';
			headers[i].value = copy;
			ck_assert_msg(check_at(NOW, &t, &(struct vars){0}) !=
			    TICKET_OK, "octet %zu of %s", k, copy);
		}
		headers[i].value = was;
	}
	ck_assert_int_eq(check(), TICKET_OK);
}
END_TEST

START_TEST(changed_variables_and_subject_are_noticed)
{
	struct ticket t;
	struct vars r;

	ck_assert_int_eq(ticket_check(arena, headers, n_headers, &alice, &vars,
	    slice_of("another"), public_ring, NOW, TOLERANCE, &t, &r),
	    TICKET_ALTERED);
	ck_assert_int_eq(ticket_check(arena, headers, n_headers, &alice, &vars,
	    slice_of(" {{first_name}},\tspr\xc3\xbcng  is here\r\n"),
	    public_ring, NOW, TOLERANCE, &t, &r), TICKET_OK);
	set(&vars, "coupon", "X8");
	ck_assert_int_eq(check(), TICKET_ALTERED);
	vars.n--;
	ck_assert_int_eq(check(), TICKET_OK);
	set(&vars, "first_name", "Mallory");
	ck_assert_int_eq(check(), TICKET_ALTERED);
}
END_TEST

START_TEST(data_lines_must_be_complete_and_single)
{
	struct header all[MAX_HEADERS];
	struct buf big = {0};
	size_t i, n;
	int k;

	for (k = 0; k < 3000; k++)
		buf_add_char(&big, (char)('a' + k % 26));
	buf_add_str(&big, "");
	set(&record, "story", big.data);
	buf_free(&big);
	n_headers = 0;
	write_for("alice@example.org");
	n = n_headers;
	ck_assert_uint_gt(n, 4);
	memcpy(all, headers, sizeof(all));
	for (i = 1; i < n; i++)
		ck_assert_uint_le(strlen(all[i].value), TICKET_DATA_LINE);
	ck_assert_int_eq(check(), TICKET_OK);
	headers[1] = all[3]; /* another order is the same record */
	headers[3] = all[1];
	ck_assert_int_eq(check(), TICKET_OK);
	headers[3] = all[3]; /* one twice, one missing */
	ck_assert_int_eq(check(), TICKET_ALTERED);
	memcpy(headers, all, sizeof(all));
	headers[n_headers++] = all[2]; /* one twice */
	ck_assert_int_eq(check(), TICKET_ALTERED);
	n_headers = n - 1; /* the last is missing */
	ck_assert_int_eq(check(), TICKET_ALTERED);
	n_headers = 1; /* all are missing */
	ck_assert_int_eq(check(), TICKET_ALTERED);
}
END_TEST

START_TEST(each_recipient_finds_the_own_ticket_and_data)
{
	struct address bob = {"Bob.B", "example.org", false};
	struct address bob_lower = {"bob.b", "example.org", false};
	struct address bob_upper = {"Bob.B", "EXAMPLE.org", false};
	struct ticket t;
	struct vars r;

	set(&record, "coupon", "BOB-1");
	write_for("Bob.B@example.org");
	ck_assert_int_eq(check_at(NOW, &t, &r), TICKET_OK);
	ck_assert_str_eq(vars_get(&r, slice_of("coupon"))->value.data, "X7-99");
	ck_assert_int_eq(ticket_check(arena, headers, n_headers, &bob, &vars,
	    slice_of(SUBJECT), public_ring, NOW, TOLERANCE, &t, &r), TICKET_OK);
	ck_assert_str_eq(t.recipient, "Bob.B@example.org");
	ck_assert_str_eq(vars_get(&r, slice_of("coupon"))->value.data, "BOB-1");
	ck_assert_int_eq(ticket_check(arena, headers, n_headers, &bob_upper,
	    &vars, slice_of(SUBJECT), public_ring, NOW, TOLERANCE, &t, &r),
	    TICKET_OK);
	ck_assert_int_eq(ticket_check(arena, headers, n_headers, &bob_lower,
	    &vars, slice_of(SUBJECT), public_ring, NOW, TOLERANCE, &t, &r),
	    TICKET_NONE);
}
END_TEST

START_TEST(a_forged_ticket_does_not_hide_the_right_one)
{
	struct header right = headers[1];
	char *forged = arena_strdup(arena, right.value);
	char *sig = strstr(forged, "b=");

	sig[4] = sig[4] == 'A' ? 'B' : 'A';
	headers[1] = (struct header){"Nearpost-Ticket", forged};
	ck_assert_int_eq(check(), TICKET_FORGED);
	headers[n_headers++] = right;
	ck_assert_int_eq(check(), TICKET_OK);
}
END_TEST

START_TEST(tickets_need_a_known_key)
{
	struct ticket t;
	struct vars r;
	struct keyring *k = load(other);

	ck_assert_int_eq(ticket_check(arena, headers, n_headers, &alice, &vars,
	    slice_of(SUBJECT), k, NOW, TOLERANCE, &t, &r), TICKET_UNKNOWN_KEY);
	keyring_unref(&k);
}
END_TEST

START_TEST(no_ticket_is_none_and_nonsense_is_malformed)
{
	n_headers = 1;
	ck_assert_int_eq(check(), TICKET_NONE);
	headers[n_headers++] = (struct header){"Nearpost-Ticket", "v=1; i=x"};
	ck_assert_int_eq(check(), TICKET_MALFORMED);
	headers[n_headers++] = (struct header){"Nearpost-Ticket", ""};
	ck_assert_int_eq(check(), TICKET_MALFORMED);
}
END_TEST

START_TEST(a_record_may_be_absent)
{
	const char *body, **data;
	struct ticket t;
	struct vars r;
	size_t n;

	ticket_write(arena, &ticket, &vars, slice_of(SUBJECT), NULL, signer,
	    &body, &data, &n);
	ck_assert_uint_eq(n, 0);
	headers[0] = (struct header){"Nearpost-Ticket", body};
	n_headers = 1;
	ck_assert_int_eq(check_at(NOW, &t, &r), TICKET_OK);
	ck_assert_uint_eq(r.n, 0);
}
END_TEST

START_TEST(written_lines_are_short)
{
	struct slice rest = slice_of(headers[1].value), line;

	while (slice_split(&rest, '\n', &line)) {
		ck_assert_uint_le(line.len, 110); /* tags stay whole */
		ck_assert(rest.len == 0 || rest.data[0] == '\t');
	}
	ck_assert_ptr_null(strchr(headers[1].value, '\r'));
}
END_TEST

START_TEST(every_prefix_of_a_ticket_is_malformed)
{
	const char *whole = headers[1].value, *error;
	size_t len, max = strlen(whole);
	struct ticket t;
	char *copy;

	for (len = 0; len < max; len++) {
		copy = xmalloc(len);
		memcpy(copy, whole, len);
		error = NULL;
		ck_assert_msg(ticket_parse(arena, (struct slice){copy, len}, &t,
		    &error) == -1, "%zu octets", len);
		ck_assert_ptr_nonnull(error);
		free(copy);
	}
	ck_assert_int_eq(ticket_parse(arena, slice_of(whole), &t, &error), 0);
	ck_assert_str_eq(t.id, ticket.id);
}
END_TEST

static const struct {
	const char *name, *from, *to, *error;
} edits[] = {
    {"another version", "v=1;", "v=2;", "v="},
    {"no version", "v=1; ", "", "v="},
    {"a tag twice", "v=1;", "v=1; v=1;", "i="},
    {"an upper case id", "i=", "i=A", "i="},
    {"a path for a campaign", "c=spring-2026", "c=..", "c="},
    {"a campaign with a slash", "c=spring-2026", "c=a/b", "c="},
    {"an empty creative", "e=hero-en", "e=", "e="},
    {"another digest", "sha256:", "sha512:", "a="},
    {"one gateway twice", "tyo,lon", "tyo,tyo", "g="},
    {"no gateway", "tyo,lon", "", "g="},
    {"a negative time", "t=1", "t=-1", "t="},
    {"a time past all limits", "t=1", "t=99999999999999999999", "t="},
    {"it ends before it begins", "x=17", "x=16", "x="},
    {"an unknown tag", "; b=", "; z=1; b=", "b="},
};

START_TEST(what_is_no_ticket_is_refused_by_tag)
{
	const char *at, *error = NULL, *body = headers[1].value;
	struct buf b = {0};
	struct ticket t;
	char *flat = arena_strdup(arena, body), *p;

	for (p = flat; *p; p++) /* "\n\t" to "; " as in the table */
		if (*p == '\n')
			memmove(p, p + 1, strlen(p));
		else if (*p == '\t')
			*p = ' ';
	for (p = flat; *p; p++)
		if (*p == '\t')
			*p = ' ';
	at = strstr(flat, edits[_i].from);
	ck_assert_msg(at != NULL, "%s not in %s", edits[_i].from, flat);
	buf_add(&b, flat, (size_t)(at - flat));
	buf_add_str(&b, edits[_i].to);
	buf_add_str(&b, at + strlen(edits[_i].from));
	ck_assert_msg(ticket_parse(arena, slice_buf(&b), &t, &error) == -1,
	    "%s", edits[_i].name);
	ck_assert_msg(strncmp(error, edits[_i].error, 2) == 0, "%s: %s",
	    edits[_i].name, error);
	buf_free(&b);
}
END_TEST

START_TEST(what_cannot_be_written_is_told_before)
{
	struct ticket t = ticket;

	ck_assert_ptr_null(ticket_fault(&t));
	t.creative = "a;b";
	ck_assert_ptr_nonnull(ticket_fault(&t));
	t = ticket;
	t.asset_digest[0] = 'x';
	ck_assert_ptr_nonnull(ticket_fault(&t));
	t = ticket;
	t.recipient = "alice@EXAMPLE.org";
	ck_assert_ptr_nonnull(ticket_fault(&t));
	t = ticket;
	t.gateways.n = 0;
	ck_assert_ptr_nonnull(ticket_fault(&t));
	t = ticket;
	t.expires_ms = NOW - 1;
	ck_assert_ptr_nonnull(ticket_fault(&t));
}
END_TEST

START_TEST(ids_are_random)
{
	char a[TICKET_ID_LEN + 1], b[TICKET_ID_LEN + 1];

	ticket_new_id(a);
	ticket_new_id(b);
	ck_assert_uint_eq(strlen(a), TICKET_ID_LEN);
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(every_result_has_a_text)
{
	int r;

	for (r = TICKET_OK; r <= TICKET_FUTURE; r++)
		ck_assert_uint_gt(
		    strlen(ticket_result_text((enum ticket_result)r)), 4);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ticket");
	TCase *t = tcase_create("ticket");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_ticket_says_what_was_written);
	ADD_ROWS(t, a_ticket_has_its_time, times);
	ADD_ROWS(t, refolded_headers_are_the_same_ticket, refolds);
	tcase_add_test(t, any_changed_octet_is_noticed);
	tcase_add_test(t, changed_variables_and_subject_are_noticed);
	tcase_add_test(t, data_lines_must_be_complete_and_single);
	tcase_add_test(t, each_recipient_finds_the_own_ticket_and_data);
	tcase_add_test(t, a_forged_ticket_does_not_hide_the_right_one);
	tcase_add_test(t, tickets_need_a_known_key);
	tcase_add_test(t, no_ticket_is_none_and_nonsense_is_malformed);
	tcase_add_test(t, a_record_may_be_absent);
	tcase_add_test(t, written_lines_are_short);
	tcase_add_test(t, every_prefix_of_a_ticket_is_malformed);
	ADD_ROWS(t, what_is_no_ticket_is_refused_by_tag, edits);
	tcase_add_test(t, what_cannot_be_written_is_told_before);
	tcase_add_test(t, ids_are_random);
	tcase_add_test(t, every_result_has_a_text);
	suite_add_tcase(s, t);
	return unit_main(s);
}
