#include "tests/unit/unit.h"

#include "lib/mail/address.h"

#define RELAY "nearpost.internal"
#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define LABEL63 X60 "xxx"
/* 253 octets, the most a domain can have */
#define DOMAIN253 LABEL63 "." LABEL63 "." LABEL63 "." X60 "x"

static const struct {
	const char *name, *in, *local, *domain;
	bool utf8;
} good[] = {
    {"plain", "alice@example.org", "alice", "example.org", false},
    {"in angle brackets", "<alice@example.org>", "alice", "example.org", false},
    {"case of the local part is kept", "Alice@Example.ORG", "Alice",
        "example.org", false},
    {"every atext character", "a!#$%&'*+-/=?^_`{|}~9@b.c",
        "a!#$%&'*+-/=?^_`{|}~9", "b.c", false},
    {"dots as some phone companies had them", ".a..b.@docomo.example",
        ".a..b.", "docomo.example", false},
    {"quoted local part stays as written", "\"a \\\"b\\\" @ c\"@b.c",
        "\"a \\\"b\\\" @ c\"", "b.c", false},
    {"quoted without need stays as written", "\"alice\"@b.c", "\"alice\"",
        "b.c", false},
    {"brackets in quotes", "<\"<a>\"@b.c>", "\"<a>\"", "b.c", false},
    {"UTF-8 local part is flagged", "\xe7\x94\xa8\xe6\x88\xb7@example.org",
        "\xe7\x94\xa8\xe6\x88\xb7", "example.org", true},
    {"IDN domain", "a@b\xc3\xbc" "cher.example", "a", "xn--bcher-kva.example",
        false},
    {"IDN domain in capitals", "a@B\xc3\x9c" "CHER.example", "a",
        "xn--bcher-kva.example", false},
    {"sharp s is not ss (nontransitional)", "a@stra\xc3\x9f" "e.example", "a",
        "xn--strae-oqa.example", false},
    {"IDN domain, decomposed", "a@bu\xcc\x88" "cher.example", "a",
        "xn--bcher-kva.example", false},
    {"ideographic full stop", "a@b\xc3\xbc" "cher\xe3\x80\x82" "example", "a",
        "xn--bcher-kva.example", false},
    {"A-labels stay", "a@xn--bcher-kva.example", "a", "xn--bcher-kva.example",
        false},
    {"underscore in a domain", "a@_spf.my_host.example", "a",
        "_spf.my_host.example", false},
    {"underscore beside an IDN label", "a@_x.b\xc3\xbc" "cher.example", "a",
        "_x.xn--bcher-kva.example", false},
    {"hyphens in third and fourth place", "a@r3---x.example", "a",
        "r3---x.example", false},
    {"domain without a dot", "a@localhost", "a", "localhost", false},
    {"digits in a domain", "a@163.com", "a", "163.com", false},
    {"dot at the end of the domain", "a@example.org.", "a", "example.org",
        false},
    {"local part of 64 octets", X60 "abcd@b.c", X60 "abcd", "b.c", false},
    {"domain of 253 octets", "a@" DOMAIN253, "a", DOMAIN253, false},
};

START_TEST(a_good_address_is_taken_apart)
{
	struct arena *arena = arena_new();
	struct address a = {0};
	const char *error = "";

	ck_assert_msg(address_parse(arena, slice_of(good[_i].in), &a, &error) ==
	    0, "%s: %s", good[_i].name, error);
	ck_assert_msg(strcmp(a.local, good[_i].local) == 0, "%s: local %s",
	    good[_i].name, a.local);
	ck_assert_msg(strcmp(a.domain, good[_i].domain) == 0, "%s: domain %s",
	    good[_i].name, a.domain);
	ck_assert_msg(a.utf8_local == good[_i].utf8, "%s", good[_i].name);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name;
	struct slice in;
	const char *error;
} bad[] = {
#define IN(s) {s, sizeof(s) - 1}
    {"nothing", IN(""), "empty"},
    {"null sender", IN("<>"), "empty"},
    {"only an opening bracket", IN("<a@b.c"), "brackets"},
    {"only a closing bracket", IN("a@b.c>"), "brackets"},
    {"a lone bracket", IN("<"), "brackets"},
    {"no @", IN("alice"), "no @"},
    {"no @ behind quotes", IN("\"alice\""), "no @"},
    {"no local part", IN("@b.c"), "empty local"},
    {"source route", IN("<@a,@b:c@d.e>"), "source routes"},
    {"empty quotes", IN("\"\"@b.c"), "empty"},
    {"no domain", IN("a@"), "no domain"},
    {"a domain of a byte order mark", IN("a@\xef\xbb\xbf"), "no domain"},
    {"a domain of a soft hyphen", IN("a@\xc2\xad."), "no domain"},
    {"a label of a soft hyphen", IN("a@\xc2\xad.test"), "empty label"},
    {"a dot for a domain", IN("a@."), "no domain"},
    {"two @", IN("a@b@c.d"), "characters that no domain"},
    {"quote not closed", IN("\"alice@b.c"), "not closed"},
    {"quote closed by an escaped quote", IN("\"alice\\\"@b.c"), "not closed"},
    {"quote in the middle", IN("al\"ice\"@b.c"), "quotes"},
    {"text behind the quotes", IN("\"al\"ice@b.c"), "quotes"},
    {"space", IN("al ice@b.c"), "quotes"},
    {"comma", IN("al,ice@b.c"), "quotes"},
    {"comment", IN("alice(x)@b.c"), "quotes"},
    {"display name", IN("Alice <alice@b.c>"), "brackets"},
    {"two addresses", IN("alice@b.c,bob@b.c"), "characters"},
    {"NUL", IN("a\0@b.c"), "control"},
    {"NUL in the domain", IN("a@b.c\0.d"), "control"},
    {"NUL in quotes", IN("\"a\0\"@b.c"), "control"},
    {"CR LF", IN("a@b.c\r\nRCPT TO:x@y.z"), "control"},
    {"tab", IN("\"a\tb\"@b.c"), "control"},
    {"DEL", IN("a\x7f@b.c"), "control"},
    {"latin-1", IN("m\xfcller@b.c"), "not UTF-8"},
    {"overlong UTF-8", IN("\xc0\xaf@b.c"), "not UTF-8"},
    {"IPv4 literal", IN("a@[192.0.2.1]"), "domain literals"},
    {"IPv6 literal", IN("a@[IPv6:2001:db8::1]"), "domain literals"},
    {"bare IPv4 address", IN("a@192.0.2.1"), "IP address"},
    {"empty label", IN("a@b..c"), "empty label"},
    {"leading dot", IN("a@.b.c"), "empty label"},
    {"two dots at the end", IN("a@b.c.."), "empty label"},
    {"hyphen first", IN("a@-b.c"), "hyphen"},
    {"hyphen last", IN("a@b-.c"), "hyphen"},
    {"space in the domain", IN("a@b c.d"), "characters"},
    {"slash in the domain", IN("a@b/c.d"), "characters"},
    {"colon in the domain", IN("a@b.c:25"), "characters"},
    {"label of 64", IN("a@" LABEL63 "x.c"), "63"},
    {"a domain that IDNA forbids", IN("a@\xe2\x98\x83\xcc\x88..example"),
        "international"},
    {"local part of 65 octets", IN(X60 "abcde@b.c"), "65 octets is over 64"},
    {"domain of 254 octets", IN("a@" DOMAIN253 "y"), "254 octets is over 253"},
#undef IN
};

START_TEST(a_bad_address_is_refused_with_the_reason)
{
	struct arena *arena = arena_new();
	struct address a;
	const char *error = NULL;

	ck_assert_msg(address_parse(arena, bad[_i].in, &a, &error) == -1, "%s",
	    bad[_i].name);
	ck_assert_msg(error && strstr(error, bad[_i].error), "%s: got %s",
	    bad[_i].name, error ? error : "no error");
	arena_free(&arena);
}
END_TEST

START_TEST(every_prefix_is_parsed_or_refused_with_a_reason)
{
	struct arena *arena = arena_new();
	struct address a;
	const char *error;
	size_t len;
	char *copy;

	for (len = 0; len <= strlen(good[_i].in); len++) {
		copy = xmalloc(len);
		memcpy(copy, good[_i].in, len);
		error = NULL;
		if (address_parse(arena, (struct slice){copy, len}, &a,
		        &error) < 0)
			ck_assert_ptr_nonnull(error);
		free(copy);
	}
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name, *in, *key;
} keys[] = {
    {"lower case", "Alice@Example.ORG", "alice@example.org"},
    {"needless quotes go", "\"Alice\"@b.c", "alice@b.c"},
    {"needless backslashes go", "\"al\\ice\"@b.c", "alice@b.c"},
    {"needed quotes stay", "\"Al ice\"@b.c", "\"al ice\"@b.c"},
    {"needed backslashes stay", "\"\\a \\\"b\\\\\"@b.c",
        "\"a \\\"b\\\\\"@b.c"},
    {"A-labels", "a@b\xc3\xbc" "cher.example", "a@xn--bcher-kva.example"},
};

START_TEST(one_mailbox_has_one_key)
{
	struct arena *arena = arena_new();
	struct address a;
	const char *error;

	ck_assert_int_eq(
	    address_parse(arena, slice_of(keys[_i].in), &a, &error), 0);
	ck_assert_msg(strcmp(address_key(arena, &a), keys[_i].key) == 0,
	    "%s: got %s", keys[_i].name, address_key(arena, &a));
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name, *text;
	bool in;
} domains[] = {
    {"the domain itself", RELAY, true},
    {"an address in it", "a@" RELAY, true},
    {"an address below it", "<a@x.tyo." RELAY ">", true},
    {"other case", "a@x.NearPost.Internal", true},
    {"a dot behind it", "a@x." RELAY ".", true},
    {"two dots behind it", "a@x." RELAY "..", true},
    {"full-width letters",
        "a@x.\xef\xbd\x8e\xef\xbd\x85" "arpost.internal", true},
    {"a name that ends alike", "a@notnearpost.internal", false},
    {"a name that goes on", "a@nearpost.internal.example", false},
    {"only in the local part", "\"a@" RELAY "\"@b.c", false},
    {"the parent", "a@internal", false},
    {"nothing", "", false},
};

START_TEST(the_relay_domain_is_known_in_every_dress)
{
	ck_assert_msg(address_in_domain(slice_of(domains[_i].text), RELAY) ==
	    domains[_i].in, "%s", domains[_i].name);
}
END_TEST

static const struct {
	const char *name, *address, *rank;
	bool split;
	const char *ranked;
} ranks[] = {
    {"two gateways", "alice@example.org", "tyo,lon", false,
        "alice@example.org.tyo-lon." RELAY},
    {"one gateway", "alice@example.org", "tyo", false,
        "alice@example.org.tyo." RELAY},
    {"one of several recipients", "alice@example.org", "tyo,lon", true,
        "alice@example.org.tyo-lon.split." RELAY},
    {"quoted local part", "\"a@b c\"@example.org", "a1,b2", false,
        "\"a@b c\"@example.org.a1-b2." RELAY},
    {"UTF-8 local part", "\xe7\x94\xa8@example.org", "a,b", false,
        "\xe7\x94\xa8@example.org.a-b." RELAY},
    {"IDN", "a@b\xc3\xbc" "cher.example", "us,de", false,
        "a@xn--bcher-kva.example.us-de." RELAY},
    {"a domain that ends with split", "a@x.split", "tyo", false,
        "a@x.split.tyo." RELAY},
    {"a domain that looks like a route", "a@x.tyo-lon", "nyc,sin", true,
        "a@x.tyo-lon.nyc-sin.split." RELAY},
    {"a domain without a dot", "a@localhost", "tyo", false,
        "a@localhost.tyo." RELAY},
    {"case of the local part", "A.B@example.org", "tyo", false,
        "A.B@example.org.tyo." RELAY},
};

START_TEST(rank_and_unrank_are_inverses)
{
	struct arena *arena = arena_new();
	struct address a, b;
	struct ranking rank, back;
	const char *error = "";
	struct buf text = {0};
	char *ranked;
	bool split;

	ck_assert_int_eq(
	    address_parse(arena, slice_of(ranks[_i].address), &a, &error), 0);
	ck_assert_int_eq(
	    ranking_parse(slice_of(ranks[_i].rank), ',', &rank), 0);
	ranked = address_rank(arena, &a, &rank, ranks[_i].split, RELAY, &error);
	ck_assert_msg(ranked && strcmp(ranked, ranks[_i].ranked) == 0,
	    "%s: got %s", ranks[_i].name, ranked ? ranked : error);
	ck_assert_msg(address_unrank(arena, slice_of(ranked), RELAY, &b, &back,
	                  &split, &error) == 0, "%s: %s", ranks[_i].name, error);
	ck_assert_str_eq(b.local, a.local);
	ck_assert_str_eq(b.domain, a.domain);
	ck_assert(b.utf8_local == a.utf8_local && split == ranks[_i].split);
	ranking_text(&back, ',', &text);
	ck_assert_str_eq(text.data, ranks[_i].rank);
	buf_free(&text);
	ck_assert_int_eq(address_unrank(arena,
	    slice_of(arena_printf(arena, "<%s>", ranked)), "NearPost.Internal",
	    &b, &back, &split, &error), 0);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name, *text;
} not_ranked[] = {
    {"the relay domain alone", "a@" RELAY},
    {"a route without a domain", "a@tyo-lon." RELAY},
    {"a split route without a domain", "a@tyo.split." RELAY},
    {"split without a route", "a@example.split." RELAY "x"},
    {"split with nothing before it", "a@split." RELAY},
    {"a route of three", "a@example.org.tyo-lon-nyc." RELAY},
    {"the same gateway twice", "a@example.org.tyo-tyo." RELAY},
    {"a hyphen too many", "a@example.org.tyo--lon." RELAY},
    {"an underscore in an id", "a@example.org.t_yo." RELAY},
    {"an id of 17", "a@example.org.abcdefghijklmnopq." RELAY},
    {"a dot behind it", "a@example.org.tyo." RELAY "."},
    {"another domain", "a@example.org"},
    {"a route twice", "a@example.org.tyo." RELAY ".lon." RELAY},
    {"an IP address in it", "a@192.0.2.1.tyo." RELAY},
    {"one bracket", "<a@example.org.tyo." RELAY},
    {"not an address", "nonsense"},
    {"nothing", ""},
    {"full-width letters", "a@\xef\xbd\x8e.tyo." RELAY},
};

START_TEST(what_the_milter_would_not_write_is_not_unranked)
{
	struct arena *arena = arena_new();
	struct address a;
	struct ranking rank;
	const char *error = NULL;
	bool split;

	ck_assert_msg(address_unrank(arena, slice_of(not_ranked[_i].text), RELAY,
	                  &a, &rank, &split, &error) == -1, "%s",
	    not_ranked[_i].name);
	ck_assert_ptr_nonnull(error);
	arena_free(&arena);
}
END_TEST

START_TEST(a_domain_that_leaves_no_room_is_refused_by_name)
{
	struct arena *arena = arena_new();
	struct address a = {"a", LABEL63 "." LABEL63 "." LABEL63 "." X10 X10 X10
	    X10 "12345678", false};
	struct ranking rank;
	const char *error = NULL;

	/* 240 octets of domain, and the route */
	ck_assert_uint_eq(strlen(a.domain), 240);
	ck_assert_int_eq(ranking_parse(slice_of("tyo,lon"), ',', &rank), 0);
	ck_assert_ptr_null(address_rank(arena, &a, &rank, false, RELAY, &error));
	ck_assert_msg(strstr(error, "240") && strstr(error, "253"), "%s", error);
	a.domain += 13; /* 227 + 26 = 253 fits */
	ck_assert_ptr_nonnull(
	    address_rank(arena, &a, &rank, false, RELAY, &error));
	a.domain--;
	ck_assert_ptr_null(address_rank(arena, &a, &rank, false, RELAY, &error));
	arena_free(&arena);
}
END_TEST

START_TEST(an_address_is_not_ranked_twice_nor_without_gateways)
{
	struct arena *arena = arena_new();
	struct address in_relay = {"a", "x.tyo." RELAY, false};
	struct address outside = {"a", "example.org", false};
	struct ranking rank = {{"tyo"}, 1}, none = {0};
	const char *error = NULL;

	ck_assert_ptr_null(
	    address_rank(arena, &in_relay, &rank, false, RELAY, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_ptr_null(
	    address_rank(arena, &outside, &none, false, RELAY, &error));
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *text;
	int n; /* -1: refused */
} rankings[] = {
    {"tyo", 1}, {"tyo,lon", 2}, {"a,b", 2}, {"abcdefghijklmnop,0", 2},
    {"", -1}, {",", -1}, {"tyo,", -1}, {",tyo", -1}, {"tyo,,lon", -1},
    {"tyo,lon,nyc", -1}, {"tyo,tyo", -1}, {"Tyo", -1}, {"t-o", -1},
    {"abcdefghijklmnopq", -1}, {"split", -1}, {"tyo,split", -1},
    {"tyo, lon", -1},
};

START_TEST(rankings_are_at_most_two_different_ids)
{
	struct ranking rank;
	struct buf text = {0};

	ck_assert_msg(ranking_parse(slice_of(rankings[_i].text), ',', &rank) ==
	    (rankings[_i].n < 0 ? -1 : 0), "\"%s\"", rankings[_i].text);
	if (rankings[_i].n > 0) {
		ck_assert_int_eq(rank.n, rankings[_i].n);
		ranking_text(&rank, ',', &text);
		ck_assert_str_eq(text.data, rankings[_i].text);
	}
	buf_free(&text);
}
END_TEST

START_TEST(xtext_is_printable_and_says_it_all)
{
	struct buf b = {0};

	xtext_encode(&b, (struct slice){"a+b=c d\0\xc3~!\x7f", 12});
	ck_assert_str_eq(b.data, "a+2Bb+3Dc+20d+00+C3~!+7F");
	buf_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("address");
	TCase *t = tcase_create("address");

	ADD_ROWS(t, a_good_address_is_taken_apart, good);
	ADD_ROWS(t, a_bad_address_is_refused_with_the_reason, bad);
	ADD_ROWS(t, every_prefix_is_parsed_or_refused_with_a_reason, good);
	ADD_ROWS(t, one_mailbox_has_one_key, keys);
	ADD_ROWS(t, the_relay_domain_is_known_in_every_dress, domains);
	ADD_ROWS(t, rank_and_unrank_are_inverses, ranks);
	ADD_ROWS(t, what_the_milter_would_not_write_is_not_unranked, not_ranked);
	tcase_add_test(t, a_domain_that_leaves_no_room_is_refused_by_name);
	tcase_add_test(t, an_address_is_not_ranked_twice_nor_without_gateways);
	ADD_ROWS(t, rankings_are_at_most_two_different_ids, rankings);
	tcase_add_test(t, xtext_is_printable_and_says_it_all);
	suite_add_tcase(s, t);
	return unit_main(s);
}
