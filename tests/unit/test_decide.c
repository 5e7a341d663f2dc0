/* The milter's decision, with policyd's answers given by the recipient's name:
 * what happens to tokyo@... is written below. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "milter/outcome.h"

#define NOW_MS INT64_C(1795480000000)
#define DIGEST "asset_digest=sha256:" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"

/* --- a policyd of words --------------------------------------------------- */

static const struct {
	const char *recipient, *answer;
} answers[] = {
    {"tokyo", "action=RELAY\ngateways=tyo,lon\ncreative=hero\n" DIGEST
        "booking=b1\nreason=rtt\nscore_ms=40\ndata.first_name=Ann\n"},
    {"london", "action=RELAY\ngateways=lon,tyo\ncreative=hero\n" DIGEST
        "booking=b2\n"},
    {"alone", "action=RELAY\ngateways=lon\ncreative=hero\n" DIGEST},
    {"gone", "action=SUPPRESSED\nreason=complaint\nsince=2026\n"},
    {"nobody", "action=REJECT not in the list\ncode=556 5.1.10\n"},
    {"unfit", "action=REJECT variable x is missing\n"},
    {"oddcode", "action=REJECT no\ncode=451 4.0.0\n"},
    {"later", "action=DEFER no gateway is alive\n"},
    {"silent", NULL},
    {"nodigest", "action=RELAY\ngateways=tyo\ncreative=hero\nbooking=b3\n"},
    {"shortdigest", "action=RELAY\ngateways=tyo\ncreative=hero\nbooking=b3\n"
        "asset_digest=sha256:0123\n"},
    {"nocreative", "action=RELAY\ngateways=tyo\nbooking=b3\n" DIGEST},
    {"badcreative", "action=RELAY\ngateways=tyo\nbooking=b3\ncreative=../x\n"
        DIGEST},
    {"badrank", "action=RELAY\ngateways=tyo;lon\nbooking=b3\ncreative=hero\n"
        DIGEST},
    {"threeways", "action=RELAY\ngateways=tyo,lon,nyc\nbooking=b3\n"
        "creative=hero\n" DIGEST},
    {"unrouted", "action=RELAY\ngateways=nyc\nbooking=b3\ncreative=hero\n"
        DIGEST},
    {"halfrouted", "action=RELAY\ngateways=tyo,nyc\nbooking=b3\n"
        "creative=hero\n" DIGEST},
    {"nosplit", "action=RELAY\ngateways=sin\nbooking=b3\ncreative=hero\n"
        DIGEST},
    {"badrecord", "action=RELAY\ngateways=tyo\nbooking=b3\ncreative=hero\n"
        DIGEST "data.9x=y\n"},
    {"wordless", "x=y\n"},
    {"big", "action=RELAY\ngateways=tyo\nbooking=b3\ncreative=hero\n" DIGEST},
};

static int asked, unbooked;
static char last_question[8192];

static const char *
answer_for(const char *recipient)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strncmp(recipient, answers[i].recipient,
		        strlen(answers[i].recipient)) == 0)
			return answers[i].answer;
	return answers[0].answer;
}

static const char *
big_answer(struct arena *arena, const char *answer)
{
	char *x = arena_alloc(arena, 15001);

	memset(x, 'x', 15000);
	return arena_printf(arena, "%sdata.big=%s\ndata.more=%s\n", answer, x,
	    x);
}

static int
fake_ask(void *ctx, struct arena *arena, const struct slice *requests, size_t n,
    struct policy_message *answers_r, const char **error_r)
{
	size_t i, used;

	(void)ctx;
	for (i = 0; i < n; i++) {
		struct policy_message q;
		const char *answer, *recipient;

		ck_assert_int_eq(policy_parse(arena, requests[i], &q, &used,
		    error_r), 1);
		if (slice_eq_str(policy_get(&q, "verb"), "unbook")) {
			unbooked++;
			answer = "action=OK\n";
		} else {
			asked++;
			(void)snprintf(last_question, sizeof(last_question),
			    "%.*s", (int)requests[i].len, requests[i].data);
			recipient = policy_get_str(arena, &q, "recipient");
			answer = answer_for(recipient);
			if (strncmp(recipient, "big", 3) == 0)
				answer = big_answer(arena, answer);
		}
		if (!answer) {
			*error_r = "it does not answer in time";
			return -1;
		}
		answer = arena_printf(arena, "%s\n", answer);
		ck_assert_int_eq(policy_parse(arena, slice_of(answer),
		    &answers_r[i], &used, error_r), 1);
	}
	return 0;
}

/* --- a message of words --------------------------------------------------- */

static const char *const clients[] = {"127.0.0.0/8", "::1/128"};
static const char *const logins[] = {"shop"};
static struct decide_settings settings;
static struct decide_world world;
static struct arena *arena;
static struct keyring *signer;
static struct routes *routes;

static void
set_up(void)
{
	char path[64], *why = NULL;
	struct pkey *key = pkey_generate();

	log_open("test_decide", LOG_TO_STDERR, 0);
	(void)snprintf(path, sizeof(path), "/tmp/np-decide.%ld",
	    (long)getpid());
	(void)unlink(path);
	ck_assert_int_eq(pkey_save_private(key, path), 0);
	pkey_free(&key);
	stub_init();
	arena = arena_new();
	signer = keyring_load(path, &why);
	ck_assert_msg(signer != NULL, "%s", why);
	settings = (struct decide_settings){
	    .relay_domain = "nearpost.internal",
	    .clients = clients,
	    .n_clients = 2,
	    .logins = logins,
	    .n_logins = 1,
	    .max_recipients = 3,
	    .ticket_lifetime_ms = 86400000,
	    .signer = signer,
	};
	(void)unlink(path);
	routes = routes_parse(slice_of(
	    ".tyo.nearpost.internal nearpost:[t]\n"
	    ".lon.nearpost.internal nearpost:[l]\n"
	    ".sin.nearpost.internal nearpost:[s]\n"
	    ".tyo-lon.nearpost.internal nearpost:[t], [l]\n"
	    ".tyo-lon.split.nearpost.internal nearsplit:[t], [l]\n"
	    ".lon-tyo.nearpost.internal nearpost:[l], [t]\n"),
	    "nearpost.internal");
	world = (struct decide_world){
	    .now_ms = NOW_MS,
	    .routes = routes,
	    .ask = fake_ask,
	};
	asked = unbooked = 0;
}

/* LeakSanitizer looks at what is left. */
static void
tear_down(void)
{
	routes_unref(&routes);
	keyring_unref(&signer);
	arena_free(&arena);
}

/* headers: "Name: value" joined by |; rcpts: joined by blanks. */
static struct session_message
message(const char *headers, const char *body, const char *from,
    const char *rcpts)
{
	static const char *const no_args[] = {NULL};
	static const char *const utf8_args[] = {"SIZE=100", "SMTPUTF8", NULL};
	struct sockaddr_in local = {.sin_family = AF_INET};
	struct session_message m = {.arena = arena, .queue_id = "4jQ",
	    .client_name = "client.test", .from = from, .from_args = no_args,
	    .body = slice_of(body)};
	struct slice rest = slice_of(headers), part;

	if (strncmp(from, "utf8:", 5) == 0) {
		m.from = from + 5;
		m.from_args = utf8_args;
	}
	local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memcpy(&m.client, &local, sizeof(local));
	m.headers = arena_alloc(arena, 64 * sizeof(*m.headers));
	while (slice_split(&rest, '|', &part)) {
		const char *colon = memchr(part.data, ':', part.len);
		size_t name = (size_t)(colon - part.data);

		m.headers[m.n_headers].name =
		    arena_strndup(arena, part.data, name);
		m.headers[m.n_headers++].value = arena_strndup(arena,
		    colon + 2, part.len - name - 2);
	}
	rest = slice_of(rcpts);
	m.rcpts = arena_alloc(arena, 64 * sizeof(*m.rcpts));
	while (slice_split(&rest, ' ', &part))
		m.rcpts[m.n_rcpts++].address = arena_printf(arena, "<%.*s>",
		    (int)part.len, part.data);
	return m;
}

static const char *
new_rcpts(const struct session_edits *e)
{
	struct buf b = {0};
	const char *copy;
	size_t i;

	buf_add_str(&b, "");
	for (i = 0; i < e->n_add_rcpts; i++)
		buf_printf(&b, "%s%s", i ? " " : "", e->add_rcpts[i].address);
	copy = arena_strdup(arena, b.data);
	buf_free(&b);
	return copy;
}

#define STUB "From: a@s.test|Subject: hi|Nearpost-Campaign: spring"
#define TYOLON ".tyo-lon.nearpost.internal>"

/* --- the look ------------------------------------------------------------- */

static const struct {
	const char *name, *headers, *rcpts, *client, *login;
	enum session_look look;
	const char *says;
	enum refusal cause;
} looks[] = {
    {"ordinary mail", "Subject: hi", "a@b.test", NULL, NULL,
        SESSION_NOT_OURS, NULL, 0},
    {"ordinary mail from anywhere", "Subject: hi", "a@b.test", "192.0.2.1",
        NULL, SESSION_NOT_OURS, NULL, 0},
    {"a stub", STUB, "a@b.test", NULL, NULL, SESSION_OURS, NULL, 0},
    {"a stub in small letters", "nearpost-campaign: x", "a@b.test", NULL, NULL,
        SESSION_OURS, NULL, 0},
    {"a stub from a stranger", STUB, "a@b.test", "192.0.2.1", NULL,
        SESSION_REFUSE, "192.0.2.1 may not send campaigns; log in",
        REFUSAL_CLIENT},
    {"a stub from a login", STUB, "a@b.test", "192.0.2.1", "shop",
        SESSION_OURS, NULL, 0},
    {"a stub from another login", STUB, "a@b.test", "192.0.2.1", "Shop",
        SESSION_REFUSE, "login Shop at 192.0.2.1", REFUSAL_CLIENT},
    {"a stub by sendmail(1)", STUB, "a@b.test", "local", NULL,
        SESSION_REFUSE, "local_submission", REFUSAL_CLIENT},
    {"a stub by sendmail(1) does not become one by a login", STUB, "a@b.test",
        "local", "shop", SESSION_REFUSE, "local_submission", REFUSAL_CLIENT},
    {"forged headers", "Nearpost-Ticket: x", "a@b.test", "192.0.2.1", NULL,
        SESSION_OURS, NULL, 0},
    {"forged headers, any name", "NEARPOST-X: x", "a@b.test", NULL, NULL,
        SESSION_OURS, NULL, 0},
    {"the relay domain", "Subject: hi", "a@b.test.tyo.nearpost.internal", NULL,
        NULL, SESSION_REFUSE, "recipient's own address", REFUSAL_RELAY_DOMAIN},
    {"the relay domain among others", STUB, "a@b.test x@nearpost.internal",
        NULL, NULL, SESSION_REFUSE, "own address", REFUSAL_RELAY_DOMAIN},
    {"the relay domain with a ticket may be ours", "Nearpost-Ticket: x",
        "a@b.test.tyo.nearpost.internal", NULL, NULL, SESSION_OURS, NULL, 0},
    {"but not from a stranger", "Nearpost-Ticket: x",
        "a@b.test.tyo.nearpost.internal", "192.0.2.1", NULL, SESSION_REFUSE,
        "own address", REFUSAL_RELAY_DOMAIN},
    {"a domain that ends alike", "Subject: hi", "a@xnearpost.internal", NULL,
        NULL, SESSION_NOT_OURS, NULL, 0},
};

START_TEST(a_look_tells_what_is_ours)
{
	struct session_message m = message(looks[_i].headers, "", "<a@s.test>",
	    looks[_i].rcpts);
	struct session_edits e = {0};
	struct sockaddr_in in = {.sin_family = AF_INET};
	enum refusal cause = REFUSAL_NONE;

	m.login = looks[_i].login;
	if (looks[_i].client && strcmp(looks[_i].client, "local") == 0) {
		memset(&m.client, 0, sizeof(m.client));
		m.local_submit = true;
	} else if (looks[_i].client) {
		ck_assert_int_eq(inet_pton(AF_INET, looks[_i].client,
		    &in.sin_addr), 1);
		memcpy(&m.client, &in, sizeof(in));
	}
	ck_assert_msg(decide_look(&settings, &m, &e, &cause) == looks[_i].look,
	    "%s", looks[_i].name);
	ck_assert_msg(cause == looks[_i].cause, "%s: cause %d", looks[_i].name,
	    cause);
	if (!looks[_i].says)
		return;
	ck_assert_str_eq(e.reply[0], "550");
	ck_assert_str_eq(e.reply[1], "5.7.1");
	ck_assert_msg(strstr(e.reply[2], looks[_i].says) != NULL, "%s: %s",
	    looks[_i].name, e.reply[2]);
}
END_TEST

/* --- the decision --------------------------------------------------------- */

static const struct {
	const char *name, *headers, *body, *from, *rcpts;
	enum session_verdict verdict;
	const char *code, *enhanced, *says; /* or, for CONTINUE: new recipients */
	int asked, unbooked;
	enum refusal cause; /* what is counted: the milter's own refusals */
} rows[] = {
    {"one recipient", STUB, "a: 1", "<o@s.test>", "tokyo@x.test",
        SESSION_CONTINUE, NULL, NULL, "<tokyo@x.test" TYOLON, 1, 0, 0},
    {"local parts stay as they are", STUB, "", "<o@s.test>", "TOKYO+X@X.Test",
        SESSION_CONTINUE, NULL, NULL, "<TOKYO+X@x.test" TYOLON, 1, 0, 0},
    {"a ranking of one", STUB, "", "<o@s.test>", "alone@x.test",
        SESSION_CONTINUE, NULL, NULL, "<alone@x.test.lon.nearpost.internal>",
        1, 0, 0},
    {"two who share a ranking are split, the third is not", STUB, "",
        "<o@s.test>", "tokyo@x.test tokyo@y.test london@x.test",
        SESSION_CONTINUE, NULL, NULL,
        "<tokyo@x.test.tyo-lon.split.nearpost.internal> "
        "<tokyo@y.test.tyo-lon.split.nearpost.internal> "
        "<london@x.test.lon-tyo.nearpost.internal>", 3, 0, 0},
    {"named twice is once", STUB, "", "<o@s.test>",
        "tokyo@x.test Tokyo@X.TEST tokyo@x.test tokyo@x.test",
        SESSION_CONTINUE, NULL, NULL, "<tokyo@x.test" TYOLON, 1, 0, 0},
    {"one suppressed of two", STUB, "", "<o@s.test>",
        "gone@x.test tokyo@x.test", SESSION_CONTINUE, NULL, NULL,
        "<tokyo@x.test" TYOLON, 2, 0, 0},
    {"all suppressed", STUB, "", "<o@s.test>", "gone@x.test gone@y.test",
        SESSION_DISCARD, NULL, NULL, NULL, 2, 0, 0},
    {"UTF-8 with SMTPUTF8", STUB, "", "utf8:<o@s.test>", "t\xc3\xb6kyo@x.test",
        SESSION_CONTINUE, NULL, NULL, "<t\xc3\xb6kyo@x.test" TYOLON, 1, 0, 0},
    {"UTF-8 without it", STUB, "", "<o@s.test>", "t\xc3\xb6kyo@x.test",
        SESSION_REJECT, "553", "5.6.7", "SMTPUTF8", 0, 0, REFUSAL_RECIPIENT},
    {"a Reply-To", STUB "|Reply-To: Jo <jo@s.test>", "", "<o@s.test>",
        "tokyo@x.test", SESSION_CONTINUE, NULL, NULL, "<tokyo@x.test" TYOLON, 1,
        0, 0},
    {"a Reply-To to nobody", STUB "|Reply-To: Jo", "", "<o@s.test>",
        "tokyo@x.test", SESSION_REJECT, "550", "5.6.0",
        "nearpost: Reply-To: there is no @", 0, 0, REFUSAL_SYNTAX},
    {"four are too many", STUB, "", "<o@s.test>",
        "tokyo@a.test tokyo@b.test tokyo@c.test tokyo@d.test",
        SESSION_REJECT, "550", "5.5.3", "4 recipients", 0, 0,
        REFUSAL_RECIPIENT},
    {"one must wait: all wait", STUB, "", "<o@s.test>",
        "tokyo@x.test later@x.test nobody@x.test", SESSION_TEMPFAIL, "451",
        "4.3.0", "no gateway is alive (later@x.test)", 3, 1, 0},
    {"one is refused: all are, and it is named", STUB, "", "<o@s.test>",
        "tokyo@x.test nobody@x.test london@x.test", SESSION_REJECT, "556",
        "5.1.10", "not in the list (nobody@x.test)", 3, 2, 0},
    {"two refused for one reason", STUB, "", "<o@s.test>",
        "unfit@x.test unfit@y.test", SESSION_REJECT, "550", "5.6.0",
        "variable x is missing (unfit@x.test, unfit@y.test)", 2, 0, 0},
    {"two refused for two reasons", STUB, "", "<o@s.test>",
        "unfit@x.test nobody@y.test", SESSION_REJECT, "550", "5.6.0",
        "is missing (unfit@x.test); not in the list (nobody@y.test)", 2, 0, 0},
    {"a code that is no refusal does not count", STUB, "", "<o@s.test>",
        "oddcode@x.test", SESSION_REJECT, "550", "5.6.0", "no (oddcode", 1, 0,
        0},
    {"policyd is silent", STUB, "", "<o@s.test>", "silent@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "does not answer in time", 1, 0,
        REFUSAL_POLICYD},
    {"no digest", STUB, "", "<o@s.test>", "nodigest@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "choice of a gateway failed", 1, 1,
        REFUSAL_ANSWER},
    {"half a digest", STUB, "", "<o@s.test>", "shortdigest@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "choice of a gateway failed", 1, 1,
        REFUSAL_ANSWER},
    {"no creative", STUB, "", "<o@s.test>", "nocreative@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "choice of a gateway failed", 1, 1,
        REFUSAL_ANSWER},
    {"a creative that no ticket can name", STUB, "", "<o@s.test>",
        "badcreative@x.test", SESSION_REJECT, "550", "5.6.0", "creative", 1, 1,
        REFUSAL_TICKET},
    {"gateways that are no ranking", STUB, "", "<o@s.test>", "badrank@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "choice of a gateway failed", 1, 1,
        REFUSAL_ANSWER},
    {"three gateways", STUB, "", "<o@s.test>", "threeways@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "choice of a gateway failed", 1, 1,
        REFUSAL_ANSWER},
    {"a wrong record", STUB, "", "<o@s.test>", "badrecord@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "choice of a gateway failed", 1, 1,
        REFUSAL_ANSWER},
    {"an answer without action", STUB, "", "<o@s.test>", "wordless@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "choice of a gateway failed", 1, 0,
        REFUSAL_ANSWER},
    {"a gateway without route", STUB, "", "<o@s.test>", "unrouted@x.test",
        SESSION_TEMPFAIL, "451", "4.3.0", "not set up yet", 1, 1,
        REFUSAL_NO_ROUTE},
    {"a pair without route: the first alone", STUB, "", "<o@s.test>",
        "halfrouted@x.test", SESSION_CONTINUE, NULL, NULL,
        "<halfrouted@x.test.tyo.nearpost.internal>", 1, 0, 0},
    {"no split route for two", STUB, "", "<o@s.test>",
        "nosplit@x.test nosplit@y.test", SESSION_TEMPFAIL, "451", "4.3.0",
        "not set up yet", 2, 2, REFUSAL_NO_ROUTE},
    {"no split route is needed for one", STUB, "", "<o@s.test>",
        "nosplit@x.test", SESSION_CONTINUE, NULL, NULL,
        "<nosplit@x.test.sin.nearpost.internal>", 1, 0, 0},
    {"30 KB of record", STUB, "", "<o@s.test>", "big@x.test", SESSION_REJECT,
        "550", "5.5.3", "record_fields", 1, 1, REFUSAL_SIZE},
    {"the null sender", STUB, "", "<>", "tokyo@x.test", SESSION_REJECT, "550",
        "5.1.7", "sender", 0, 0, REFUSAL_SENDER},
    {"a wrong campaign name", "Nearpost-Campaign: a b", "", "<o@s.test>",
        "tokyo@x.test", SESSION_REJECT, "550", "5.6.0", "ampaign", 0, 0,
        REFUSAL_SYNTAX},
    {"an empty campaign name", "Nearpost-Campaign: ", "", "<o@s.test>",
        "tokyo@x.test", SESSION_REJECT, "550", "5.6.0", "ampaign", 0, 0,
        REFUSAL_SYNTAX},
    {"two campaigns", STUB "|Nearpost-Campaign: x", "", "<o@s.test>",
        "tokyo@x.test", SESSION_REJECT, "550", "5.6.0", "ampaign", 0, 0,
        REFUSAL_SYNTAX},
    {"a line that is no variable", STUB, "a: 1\nwhat\n", "<o@s.test>",
        "tokyo@x.test", SESSION_REJECT, "550", "5.6.0", "line 2", 0, 0,
        REFUSAL_SYNTAX},
    {"a domain literal", STUB, "", "<o@s.test>", "tokyo@x.test a@[192.0.2.1]",
        SESSION_REJECT, "550", "5.1.3", "(a@[192.0.2.1])", 0, 0,
        REFUSAL_RECIPIENT},
    {"a domain literal before a good recipient", STUB, "", "<o@s.test>",
        "a@[192.0.2.1] tokyo@x.test", SESSION_REJECT, "550", "5.1.3",
        "(a@[192.0.2.1])", 0, 0, REFUSAL_RECIPIENT},
    {"no domain", STUB, "", "<o@s.test>", "tokyo", SESSION_REJECT, "550",
        "5.1.3", "(tokyo)", 0, 0, REFUSAL_RECIPIENT},
};

static void
check_reply(int i, const struct session_edits *e)
{
	ck_assert_msg(strcmp(e->reply[0], rows[i].code) == 0, "%s: %s %s",
	    rows[i].name, e->reply[0], e->reply[2]);
	ck_assert_msg(strcmp(e->reply[1], rows[i].enhanced) == 0, "%s: %s",
	    rows[i].name, e->reply[1]);
	ck_assert_msg(strstr(e->reply[2], rows[i].says) != NULL, "%s: %s",
	    rows[i].name, e->reply[2]);
	ck_assert_msg(e->n_add_rcpts == 0 && e->n_add_headers == 0 &&
	    !e->drop_rcpt, "%s: edits beside a refusal", rows[i].name);
}

static enum refusal
own_cause(const struct outcome *o)
{
	size_t i;

	for (i = 0; i < o->n && !o->cause; i++)
		if (o->choices[i].cause)
			return o->choices[i].cause;
	return o->cause;
}

START_TEST(a_stub_is_decided_on)
{
	struct session_message m = message(rows[_i].headers, rows[_i].body,
	    rows[_i].from, rows[_i].rcpts);
	struct session_edits e = {0};
	struct outcome *o = decide(&settings, &world, &m, &e);
	size_t i;

	ck_assert_msg(e.verdict == rows[_i].verdict, "%s: verdict %d, %s",
	    rows[_i].name, e.verdict, e.reply[2] ? e.reply[2] : "");
	ck_assert_msg(asked == rows[_i].asked, "%s: asked %d", rows[_i].name,
	    asked);
	if (rows[_i].code)
		check_reply(_i, &e);
	if (e.verdict == SESSION_CONTINUE) {
		ck_assert_msg(strcmp(new_rcpts(&e), rows[_i].says) == 0,
		    "%s: %s", rows[_i].name, new_rcpts(&e));
		for (i = 0; i < m.n_rcpts; i++)
			ck_assert_msg(e.drop_rcpt[i], "%s: %s stays",
			    rows[_i].name, m.rcpts[i].address);
	}
	ck_assert_msg(own_cause(o) == rows[_i].cause, "%s: cause %d",
	    rows[_i].name, own_cause(o));
	outcome_done(o, &world, &m, e.verdict == SESSION_CONTINUE);
	ck_assert_msg(unbooked == rows[_i].unbooked, "%s: unbooked %d",
	    rows[_i].name, unbooked);
}
END_TEST

START_TEST(what_the_mta_does_not_take_is_unbooked)
{
	struct session_message m = message(STUB, "", "<o@s.test>",
	    "tokyo@x.test london@x.test gone@x.test");
	struct session_edits e = {0};
	struct outcome *o = decide(&settings, &world, &m, &e);

	ck_assert_int_eq(e.verdict, SESSION_CONTINUE);
	outcome_done(o, &world, &m, false);
	ck_assert_int_eq(unbooked, 2);
}
END_TEST

START_TEST(cut_messages_are_refused)
{
	struct session_message m = message(STUB, "", "<o@s.test>",
	    "tokyo@x.test");
	struct session_edits e = {0};

	m.body_cut = true;
	(void)decide(&settings, &world, &m, &e);
	ck_assert_int_eq(e.verdict, SESSION_REJECT);
	ck_assert_str_eq(e.reply[0], "552");
	m.body_cut = false;
	m.headers_cut = true;
	memset(&e, 0, sizeof(e));
	(void)decide(&settings, &world, &m, &e);
	ck_assert_int_eq(e.verdict, SESSION_REJECT);
	ck_assert_str_eq(e.reply[0], "552");
	ck_assert_int_eq(asked, 0);
}
END_TEST

#define NOTE "lang: en\r\nnote: %s\r\n"
static const struct {
	const char *name, *headers, *body; /* each may hold one %s */
	int fill; /* octets in place of it */
	const char *says; /* NULL: taken */
} long_lines[] = {
    {"998 octets", STUB, NOTE, 992, NULL},
    {"999 octets", STUB, NOTE, 993, "line 2 of the body"},
    {"999 octets that nothing ends", STUB, "note: %s", 993, "line 1 of"},
    {"999 octets with LF alone", STUB, "note: %s\nlang: en", 993, "line 1 of"},
    {"a subject of 998 octets", "Nearpost-Campaign: spring|Subject: %s", "",
        989, NULL},
    {"a subject of 999 octets", "Nearpost-Campaign: spring|Subject: %s", "",
        990, "Subject has a line"},
    {"a folded subject", "Nearpost-Campaign: spring|Subject: a\n b%s", "", 996,
        NULL},
    {"another field, which no ticket holds", STUB "|X-Long: %s", "", 2000,
        NULL},
};

static const char *
filled(const char *text, const char *fill)
{
	const char *at = strstr(text, "%s");

	return at ? arena_printf(arena, "%.*s%s%s", (int)(at - text), text, fill,
	    at + 2) : text;
}

/* An MTA would cut them, and the gateway find another stub than was signed. */
START_TEST(lines_longer_than_mail_allows_are_refused)
{
	char *fill = arena_alloc(arena, (size_t)long_lines[_i].fill + 1);
	struct session_message m;
	struct session_edits e = {0};

	memset(fill, 'n', (size_t)long_lines[_i].fill);
	fill[long_lines[_i].fill] = '\0';
	m = message(filled(long_lines[_i].headers, fill),
	    filled(long_lines[_i].body, fill), "<o@s.test>", "tokyo@x.test");
	(void)decide(&settings, &world, &m, &e);
	ck_assert_msg(e.verdict ==
	    (long_lines[_i].says ? SESSION_REJECT : SESSION_CONTINUE), "%s: %s",
	    long_lines[_i].name, e.reply[2] ? e.reply[2] : "taken");
	if (!long_lines[_i].says)
		return;
	ck_assert_str_eq(e.reply[1], "5.6.0");
	ck_assert_msg(strstr(e.reply[2], long_lines[_i].says) != NULL, "%s: %s",
	    long_lines[_i].name, e.reply[2]);
	ck_assert_int_eq(asked, 0);
}
END_TEST

START_TEST(a_stub_waits_while_the_table_is_empty)
{
	struct session_message m = message(STUB, "", "<o@s.test>",
	    "tokyo@x.test");
	struct session_edits e = {0};

	routes_unref(&routes);
	world.routes = routes = routes_parse(slice_of(""), "nearpost.internal");
	(void)decide(&settings, &world, &m, &e);
	ck_assert_int_eq(e.verdict, SESSION_TEMPFAIL);
	ck_assert_int_eq(asked, 0);
}
END_TEST

START_TEST(dsn_wishes_go_along)
{
	struct session_message m = message(STUB, "", "utf8:<o@s.test>",
	    "tokyo@x.test london+a=b@x.test tokyo@b\xc3\xbc""cher.test");
	struct session_edits e = {0};

	m.rcpts[0].notify = "NOTIFY=NEVER";
	m.rcpts[0].orcpt = "ORCPT=rfc822;Else+2Bwhere@x.test";
	(void)decide(&settings, &world, &m, &e);
	ck_assert_uint_eq(e.n_add_rcpts, 3);
	ck_assert_str_eq(e.add_rcpts[0].notify, "NOTIFY=NEVER");
	ck_assert_str_eq(e.add_rcpts[0].orcpt,
	    "ORCPT=rfc822;Else+2Bwhere@x.test");
	ck_assert_ptr_null(e.add_rcpts[1].notify);
	ck_assert_str_eq(e.add_rcpts[1].orcpt,
	    "ORCPT=rfc822;london+2Ba+3Db@x.test");
	ck_assert_str_eq(e.add_rcpts[2].orcpt,
	    "ORCPT=rfc822;tokyo@xn--bcher-kva.test");
	m = message(STUB, "", "utf8:<o@s.test>", "t\xc3\xb6k=+yo@x.test");
	memset(&e, 0, sizeof(e));
	(void)decide(&settings, &world, &m, &e);
	ck_assert_uint_eq(e.n_add_rcpts, 1);
	ck_assert_str_eq(e.add_rcpts[0].orcpt, "ORCPT=utf-8;"
	    "t\\x{F6}k\\x{3D}\\x{2B}yo@x.test");
}
END_TEST

START_TEST(policyd_is_told_what_it_must_know)
{
	struct session_message m = message(STUB "|Nearpost-Creative: c1",
	    "coupon: X7\nname: J\xc3\xbcrgen\n", "<o@s.test>", "tokyo@X.test");
	struct session_edits e = {0};
	static const char *const lines[] = {"request=nearpost_select\n",
	    "campaign=spring\n", "creative=c1\n", "recipient=tokyo@x.test\n",
	    "sender=o@s.test\n", "routable=lon,sin,tyo\n", "var.coupon=X7\n",
	    "var.name=J\xc3\xbcrgen\n", "now_ms=1795480000000\n", "ticket=", "queue_id="};
	size_t i;

	(void)decide(&settings, &world, &m, &e);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(last_question, lines[i]) != NULL,
		    "%s is not in\n%s", lines[i], last_question);
}
END_TEST

START_TEST(policyd_is_told_which_recipients_come_together)
{
	struct session_message m = message(STUB, "", "<o@s.test>",
	    "tokyo@x.test london@x.test alone@x.test");
	struct session_edits e = {0};

	(void)decide(&settings, &world, &m, &e);
	ck_assert_ptr_nonnull(strstr(last_question, "recipient=alone@x.test\n"));
	ck_assert_ptr_nonnull(strstr(last_question, "earlier=2\n"));
}
END_TEST

/* What the rewritten message looks like to whoever gets it next. */
static struct session_message
rewritten(const struct session_message *m, const struct session_edits *e)
{
	struct session_message n = *m;
	size_t i;

	n.headers = arena_alloc(arena, 64 * sizeof(*n.headers));
	n.n_headers = 0;
	for (i = 0; i < m->n_headers; i++)
		if (!e->drop_header[i])
			n.headers[n.n_headers++] = m->headers[i];
	for (i = 0; i < e->n_add_headers; i++)
		n.headers[n.n_headers++] = e->add_headers[i];
	n.rcpts = e->add_rcpts;
	n.n_rcpts = e->n_add_rcpts;
	return n;
}

START_TEST(tickets_take_the_place_of_all_our_headers)
{
	struct session_message m = message(STUB "|Nearpost-Creative: x|"
	    "NEARPOST-TICKET: forged|Nearpost-Data: forged|X-Last: 1",
	    "coupon: X7\n", "<o@s.test>", "tokyo@x.test london@x.test"), n;
	struct session_edits e = {0};
	struct address who = {.local = "tokyo", .domain = "x.test"};
	struct vars vars, record;
	const char *error;
	struct ticket t;

	(void)decide(&settings, &world, &m, &e);
	n = rewritten(&m, &e);
	/* From, Subject, X-Last, two tickets, one line of data. */
	ck_assert_uint_eq(n.n_headers, 6);
	vars_init(&vars, arena);
	ck_assert_int_eq(vars_set(&vars, slice_of("coupon"), slice_of("X7"),
	    &error), 0);
	ck_assert_int_eq(ticket_check(arena, n.headers, n.n_headers, &who, &vars,
	    slice_of("hi"), settings.signer, NOW_MS + 1000, 0, &t, &record),
	    TICKET_OK);
	ck_assert_str_eq(t.campaign, "spring");
	ck_assert_str_eq(t.creative, "hero");
	ck_assert_int_eq(t.requested_ms, NOW_MS);
	ck_assert_int_eq(t.expires_ms, NOW_MS + 86400000);
	ck_assert_int_eq(t.gateways.n, 2);
	ck_assert(vars_get(&record, slice_of("first_name")) != NULL);
}
END_TEST

static const struct {
	const char *name;
	int change;
	enum session_verdict verdict;
} agains[] = {
    {"as it was", 0, SESSION_CONTINUE},
    {"with one of its two recipients", 1, SESSION_CONTINUE},
    {"with another body", 2, SESSION_REJECT},
    {"for somebody else", 3, SESSION_REJECT},
    {"with one more recipient outside", 4, SESSION_REJECT},
    {"with a campaign", 5, SESSION_REJECT},
    {"with another subject", 6, SESSION_REJECT},
    {"after its time", 7, SESSION_REJECT},
    {"without tickets", 8, SESSION_REJECT},
};

START_TEST(our_own_stub_passes_again_unchanged_only)
{
	struct session_message m = message(STUB, "coupon: X7\n", "<o@s.test>",
	    "tokyo@x.test london@x.test"), n;
	struct session_edits e = {0};

	(void)decide(&settings, &world, &m, &e);
	n = rewritten(&m, &e);
	switch (agains[_i].change) {
	case 1:
		n.n_rcpts = 1;
		break;
	case 2:
		n.body = slice_of("coupon: X8\n");
		break;
	case 3:
		n.rcpts[1].address = "<osaka@x.test" TYOLON;
		break;
	case 4:
		n.rcpts[1].address = "<archive@x.test>";
		break;
	case 5:
		n.headers[n.n_headers++] =
		    (struct header){"Nearpost-Campaign", "spring"};
		break;
	case 6:
		n.headers[1].value = "ho";
		break;
	case 7:
		world.now_ms += 2 * 86400000;
		break;
	case 8:
		n.n_headers = 2;
		break;
	}
	memset(&e, 0, sizeof(e));
	asked = 0;
	(void)decide(&settings, &world, &n, &e);
	ck_assert_msg(e.verdict == agains[_i].verdict, "%s: %s",
	    agains[_i].name, e.reply[2] ? e.reply[2] : "passed");
	ck_assert_msg(e.n_add_rcpts == 0 && e.n_add_headers == 0 &&
	    !e.drop_rcpt && !e.drop_header, "%s: edits", agains[_i].name);
	ck_assert_int_eq(asked, 0);
}
END_TEST

START_TEST(forged_headers_go_and_nothing_else)
{
	struct session_message m = message("Subject: hi|Nearpost-Ticket: x|"
	    "X-Nearpost-Data: mine|nearpost-foo: y", "", "<>", "a@b.test");
	struct session_edits e = {0};

	ck_assert_ptr_null(decide(&settings, &world, &m, &e));
	ck_assert_int_eq(e.verdict, SESSION_CONTINUE);
	ck_assert(!e.drop_header[0] && e.drop_header[1] && !e.drop_header[2] &&
	    e.drop_header[3]);
	ck_assert(!e.drop_rcpt && e.n_add_rcpts == 0 && e.n_add_headers == 0);
	outcome_done(NULL, &world, &m, true);
	ck_assert_int_eq(asked + unbooked, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("decide");
	TCase *t = tcase_create("decide");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, a_look_tells_what_is_ours, looks);
	ADD_ROWS(t, a_stub_is_decided_on, rows);
	ADD_ROWS(t, lines_longer_than_mail_allows_are_refused, long_lines);
	ADD_ROWS(t, our_own_stub_passes_again_unchanged_only, agains);
	tcase_add_test(t, what_the_mta_does_not_take_is_unbooked);
	tcase_add_test(t, cut_messages_are_refused);
	tcase_add_test(t, a_stub_waits_while_the_table_is_empty);
	tcase_add_test(t, dsn_wishes_go_along);
	tcase_add_test(t, policyd_is_told_what_it_must_know);
	tcase_add_test(t, policyd_is_told_which_recipients_come_together);
	tcase_add_test(t, tickets_take_the_place_of_all_our_headers);
	tcase_add_test(t, forged_headers_go_and_nothing_else);
	suite_add_tcase(s, t);
	return unit_main(s);
}
