/* The decisions; tests/live/agent.py has the rest. */
#include "tests/unit/unit.h"

#include "gateway-agent/expand.h"
#include "tests/unit/tree.h"

#define RELAY "nearpost.internal"
#define MARCH_1 INT64_C(1772323200000) /* 2026-03-01 00:00 UTC, in ms */

static struct arena *arena;
static struct session_message m;
static struct session_edits edits;
static struct expand_job job;
static struct session_rcpt rcpts[3];
static struct header headers[3];

static void
set_up(void)
{
	arena = arena_new();
	memset(&m, 0, sizeof(m));
	memset(&edits, 0, sizeof(edits));
	memset(rcpts, 0, sizeof(rcpts));
	m.arena = arena;
	m.queue_id = "4jYGJR5V0cz1bY48";
	m.from = "<o@shop.test>";
	m.rcpts = rcpts;
	m.headers = headers;
	stub_init();
}

static void
tear_down(void)
{
	arena_free(&arena);
}

static void
add_rcpt(const char *address)
{
	rcpts[m.n_rcpts++].address = address;
}

static void
add_header(const char *name, const char *value)
{
	headers[m.n_headers++] = (struct header){name, value};
}

static const struct {
	const char *name, *rcpt1, *rcpt2, *header;
	enum session_look look;
} looks[] = {
    {"ordinary mail", "<a@x.test>", "<b@y.test>", "Subject",
        SESSION_NOT_OURS},
    {"ranked", "<a@x.test.tyo." RELAY ">", NULL, "Subject", SESSION_OURS},
    {"ranked, in capitals, with a dot", "<a@x.test.TYO.NearPost.Internal.>",
        NULL, "Subject", SESSION_OURS},
    {"ranked without brackets", "a@x.test.tyo." RELAY, NULL, "Subject",
        SESSION_OURS},
    {"one of two", "<b@y.test>", "<a@x.test.tyo." RELAY ">", "Subject",
        SESSION_OURS},
    {"the relay domain itself", "<a@" RELAY ">", NULL, "Subject",
        SESSION_OURS},
    {"a name that only ends alike", "<a@notnearpost.internal>", NULL,
        "Subject", SESSION_NOT_OURS},
    {"a campaign on ordinary mail", "<a@x.test>", NULL, "nearpost-CAMPAIGN",
        SESSION_REFUSE},
    {"a ticket on ordinary mail", "<a@x.test>", NULL, "Nearpost-Ticket",
        SESSION_REFUSE},
};

START_TEST(only_stubs_and_the_relay_domain_concern_us)
{
	add_rcpt(looks[_i].rcpt1);
	if (looks[_i].rcpt2)
		add_rcpt(looks[_i].rcpt2);
	add_header(looks[_i].header, "x");
	ck_assert_msg(expand_look(&m, RELAY, &edits) == looks[_i].look, "%s",
	    looks[_i].name);
	if (looks[_i].look == SESSION_REFUSE) {
		ck_assert_str_eq(edits.reply[0], "550");
		ck_assert_int_eq(strncmp(edits.reply[2], "nearpost: ", 10), 0);
	}
}
END_TEST

static const struct {
	const char *name, *rcpt1, *rcpt2, *header;
	bool body_cut, headers_cut;
	enum session_verdict verdict;
} checks[] = {
    {"two recipients", "<a@x.test.tyo." RELAY ">", "<b@x.test.tyo." RELAY ">",
        "Nearpost-Ticket", false, false, SESSION_TEMPFAIL},
    {"no label", "<a@" RELAY ">", NULL, "Nearpost-Ticket", false, false,
        SESSION_REJECT},
    {"no ticket", "<a@x.test.tyo." RELAY ">", NULL, "Subject", false, false,
        SESSION_REJECT},
    {"a body cut", "<a@x.test.tyo." RELAY ">", NULL, "Nearpost-Ticket", true,
        false, SESSION_REJECT},
    {"headers cut", "<a@x.test.tyo." RELAY ">", NULL, "Nearpost-Ticket",
        false, true, SESSION_REJECT},
    {"no keys", "<a@x.test.tyo." RELAY ">", NULL, "Nearpost-Ticket", false,
        false, SESSION_TEMPFAIL},
};

START_TEST(nothing_passes_without_all_of_it)
{
	add_rcpt(checks[_i].rcpt1);
	if (checks[_i].rcpt2)
		add_rcpt(checks[_i].rcpt2);
	add_header(checks[_i].header, "v=1; i=00");
	m.body_cut = checks[_i].body_cut;
	m.headers_cut = checks[_i].headers_cut;
	ck_assert_msg(expand_check(&m, RELAY, NULL, 1, 1, &job, &edits) == -1,
	    "%s", checks[_i].name);
	ck_assert_msg(edits.verdict == checks[_i].verdict, "%s: %d, %s",
	    checks[_i].name, (int)edits.verdict, edits.reply[2]);
	ck_assert_msg(strncmp(edits.reply[2], "nearpost: ", 10) == 0, "%s",
	    edits.reply[2]);
	ck_assert_ptr_null(edits.body);
}
END_TEST

static struct keyring *
new_key(void)
{
	char *dir = tree_new(), *path = xasprintf("%s/key.pem", dir);
	struct pkey *key = pkey_generate();
	struct keyring *k;
	char *error = NULL;

	ck_assert_int_eq(pkey_save_private(key, path), 0);
	pkey_free(&key);
	k = keyring_load(path, &error);
	ck_assert_msg(k != NULL, "%s", error);
	free(path);
	tree_free(&dir);
	return k;
}

/* The headers and the body of a stub with a ticket of the signer. */
static void
sign_stub(const struct keyring *signer)
{
	struct ticket ticket = {.campaign = "spring", .creative = "hero",
	    .recipient = "a@x.test", .requested_ms = 1000, .expires_ms = 9000};
	struct vars none;
	const char *text, **data;
	size_t n;

	vars_init(&none, arena);
	ticket_new_id(ticket.id);
	(void)snprintf(ticket.asset_digest, sizeof(ticket.asset_digest),
	    "sha256:%064d", 0);
	ck_assert_int_eq(
	    ranking_parse(slice_of("tyo"), ',', &ticket.gateways), 0);
	ticket_write(arena, &ticket, &none, slice_of(""), NULL, signer, &text,
	    &data, &n);
	add_header("Nearpost-Ticket", text);
	m.body = slice_of("");
}

START_TEST(a_key_that_is_not_here_yet_makes_the_stub_wait)
{
	struct keyring *old = new_key(), *new = new_key();
	char id[KEYRING_ID_SIZE];

	add_rcpt("<a@x.test.tyo." RELAY ">");
	sign_stub(new);
	ck_assert_int_eq(
	    expand_check(&m, RELAY, old, 2000, 1, &job, &edits), -1);
	ck_assert_int_eq(edits.verdict, SESSION_TEMPFAIL);
	ck_assert_str_eq(edits.reply[0], "451");
	ck_assert_str_eq(edits.reply[1], "4.7.1");
	ck_assert_ptr_nonnull(keyring_signing(new, id));
	ck_assert_ptr_nonnull(strstr(edits.reply[2], id));
	ck_assert_uint_lt(strlen(edits.reply[2]), 400);
	ck_assert_int_eq(
	    expand_check(&m, RELAY, new, 2000, 1, &job, &edits), 0);
	keyring_unref(&old);
	keyring_unref(&new);
}
END_TEST

START_TEST(a_wrong_signature_of_a_known_key_is_refused)
{
	struct keyring *signer = new_key();
	char *forged, *sig;

	add_rcpt("<a@x.test.tyo." RELAY ">");
	sign_stub(signer);
	forged = arena_strdup(arena, headers[0].value);
	sig = strstr(forged, "b=");
	sig[4] = sig[4] == 'A' ? 'B' : 'A';
	headers[0].value = forged;
	ck_assert_int_eq(
	    expand_check(&m, RELAY, signer, 2000, 1, &job, &edits), -1);
	ck_assert_int_eq(edits.verdict, SESSION_REJECT);
	ck_assert_str_eq(edits.reply[0], "550");
	keyring_unref(&signer);
}
END_TEST

START_TEST(a_missing_asset_set_sends_the_stub_on)
{
	ck_assert_int_eq(expand_build(&m, NULL, 1000, 1, &job, &edits), -1);
	ck_assert_int_eq(edits.verdict, SESSION_TEMPFAIL);
	ck_assert_str_eq(edits.reply[0], "451");
}
END_TEST

static const struct {
	const char *name, *settings;
	const char *refused; /* NULL: it is made */
} campaigns[] = {
    {"a campaign without end", "", NULL},
    {"one whose last day it is", "valid_until = \"2026-03-01\"", NULL},
    {"one that ended while the stub waited", "valid_until = \"2026-02-28\"",
        "nearpost: campaign spring ended on 2026-03-01 00:00 UTC (valid_until = "
        "2026-02-28): send another one"},
    {"one that begins tomorrow, by a clock that is late",
        "valid_from = \"2026-03-02\"", NULL},
};

START_TEST(no_advert_is_sent_after_its_campaign)
{
	char *dir = tree_new(), *error = NULL;
	char *conf = xasprintf("bounce = \"b@shop.test\" %s\n"
	    "defaults = {\"name = friend\"}\nreply_to = \"\"\n"
	    "creative \"hero\" { text = \"t\" }", campaigns[_i].settings);
	struct assets *set;
	int rc;

	tree_put_str(dir, "spring/campaign.conf", conf);
	tree_put_str(dir, "spring/hero/t", "Dear {{name}}");
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	set = assets_load(dir, NULL, &error);
	ck_assert_msg(set != NULL, "%s", error);
	memset(&job, 0, sizeof(job));
	vars_init(&job.record, arena);
	vars_init(&job.stub.vars, arena);
	job.ticket.campaign = "spring";
	job.ticket.creative = "hero";
	(void)snprintf(job.ticket.id, sizeof(job.ticket.id), "%032d", 7);
	job.recipient = (struct address){"a", "x.test", false};
	job.stub.from = "o@shop.test";
	job.stub.reply_to = "r@shop.test";
	job.stub.subject = "";
	rc = expand_build(&m, set, 100000, MARCH_1, &job, &edits);
	if (campaigns[_i].refused) {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(edits.verdict, SESSION_REJECT);
		ck_assert_str_eq(edits.reply[0], "550");
		ck_assert_msg(strncmp(edits.reply[2], campaigns[_i].refused,
		    strlen(campaigns[_i].refused)) == 0, "%s: got %s",
		    campaigns[_i].name, edits.reply[2]);
		ck_assert_uint_lt(strlen(edits.reply[2]), 400);
	} else {
		ck_assert_msg(rc == 0, "%s: %s", campaigns[_i].name,
		    edits.reply[2]);
		ck_assert_str_eq(job.advert.bounce,
		    "b+00000000000000000000000000000007@shop.test");
		ck_assert_uint_eq(job.record.n, 0);
	}
	assets_unref(&set);
	free(conf);
	tree_free(&dir);
}
END_TEST

START_TEST(the_edits_replace_everything)
{
	struct slice body = {"advert\r\n", 8};
	struct header subject = {"Subject", "x"};

	memset(&job, 0, sizeof(job));
	add_rcpt("<a+b@x.test.tyo." RELAY ">");
	rcpts[0].notify = "NOTIFY=NEVER";
	job.recipient = (struct address){"a+b", "x.test", false};
	job.advert.headers = &subject;
	job.advert.n_headers = 1;
	job.advert.body = &body;
	job.advert.n_body = 1;
	job.advert.bounce = "bounces@shop.test";
	expand_edits(&m, &job, &edits);
	ck_assert_int_eq(edits.verdict, SESSION_CONTINUE);
	ck_assert(edits.drop_rcpt[0] && edits.drop_all_headers);
	ck_assert_uint_eq(edits.n_add_rcpts, 1);
	ck_assert_str_eq(edits.add_rcpts[0].address, "<a+b@x.test>");
	ck_assert_str_eq(edits.add_rcpts[0].notify, "NOTIFY=NEVER");
	ck_assert_str_eq(edits.add_rcpts[0].orcpt,
	    "ORCPT=rfc822;a+2Bb@x.test");
	ck_assert_str_eq(edits.new_from, "<bounces@shop.test>");
	ck_assert_ptr_eq(edits.body, &body);
	rcpts[0].orcpt = "ORCPT=rfc822;Other@x.test";
	job.advert.bounce = "";
	expand_edits(&m, &job, &edits);
	ck_assert_str_eq(edits.add_rcpts[0].orcpt, rcpts[0].orcpt);
	ck_assert_ptr_null(edits.new_from);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("expand");
	TCase *t = tcase_create("expand");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, only_stubs_and_the_relay_domain_concern_us, looks);
	ADD_ROWS(t, nothing_passes_without_all_of_it, checks);
	tcase_add_test(t, a_key_that_is_not_here_yet_makes_the_stub_wait);
	tcase_add_test(t, a_wrong_signature_of_a_known_key_is_refused);
	tcase_add_test(t, a_missing_asset_set_sends_the_stub_on);
	ADD_ROWS(t, no_advert_is_sent_after_its_campaign, campaigns);
	tcase_add_test(t, the_edits_replace_everything);
	suite_add_tcase(s, t);
	return unit_main(s);
}
