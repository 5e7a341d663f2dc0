#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/settings.h"

struct gate {
	char *id;
	char *host;
	int64_t port;
};
struct filter {
	char *listen;
	int64_t timeout_ms, size, rate_per_h;
	bool on;
	int mode;
	struct setting_list clients;
};
struct root {
	char *domain;
	struct settings_many gates;
	struct filter filter;
};

static const struct setting root_rows[] = {
    {"domain", SETTING_STRING, offsetof(struct root, domain),
        "nearpost.internal", 0, 0, NULL, "the relay domain"},
    {.name = NULL},
};
static const struct setting gate_rows[] = {
    {"host", SETTING_STRING, offsetof(struct gate, host), NULL, 0, 0, NULL,
        "where stubs go"},
    {"port", SETTING_INT, offsetof(struct gate, port), "25", 1, 65535, NULL,
        "its port"},
    {.name = NULL},
};
static const struct setting filter_rows[] = {
    {"listen", SETTING_STRING, offsetof(struct filter, listen), "unix:/s", 0, 0,
        NULL, "socket"},
    {"timeout", SETTING_DURATION, offsetof(struct filter, timeout_ms), "2s",
        100, 60000, NULL, "patience"},
    {"size", SETTING_SIZE, offsetof(struct filter, size), "20M", 0, 0, NULL,
        "largest"},
    {"rate", SETTING_RATE, offsetof(struct filter, rate_per_h), "20/s", 1,
        3600000, NULL, "fastest"},
    {"on", SETTING_BOOL, offsetof(struct filter, on), "yes", 0, 0, NULL,
        "whether"},
    {"mode", SETTING_CHOICE, offsetof(struct filter, mode), "wait", 0, 0,
        "wait|send", "what then"},
    {"clients", SETTING_LIST, offsetof(struct filter, clients),
        "127.0.0.0/8 ::1/128", 0, 0, NULL, "who may"},
    {.name = NULL},
};
static const struct settings_section sections[] = {
    {NULL, false, root_rows, sizeof(struct root), 0},
    {"gateway", true, gate_rows, sizeof(struct gate),
        offsetof(struct root, gates)},
    {"filter", false, filter_rows, sizeof(struct filter),
        offsetof(struct root, filter)},
    {.rows = NULL},
};

static const char good[] =
    "# a comment\n"
    "domain = \"relay.example\"\n"
    "gateway \"tyo\" {\n"
    "\thost = \"tyo.gw.example.net\"\n"
    "\tport = 2525\n"
    "}\n"
    "gateway \"lon\" { host = lon.gw.example.net }\n"
    "filter {\n"
    "\ttimeout = 500ms\n"
    "\tsize = 64K\n"
    "\trate = 90/m\n"
    "\ton = off\n"
    "\tmode = send\n"
    "\tclients = {\"10.0.0.0/8\", \"a b\", \"{{x}}\"}\n"
    "}\n";

START_TEST(a_whole_file_lands_in_its_structs)
{
	struct root r = {0};
	char *error = NULL;
	const struct gate *g;
	int rc = settings_parse("f", slice_of(good), sections, &r, &error);

	ck_assert_msg(rc == 0, "%s", error);
	ck_assert_str_eq(r.domain, "relay.example");
	ck_assert_uint_eq(r.gates.n, 2);
	g = r.gates.items;
	ck_assert_str_eq(g[0].id, "tyo");
	ck_assert_str_eq(g[0].host, "tyo.gw.example.net");
	ck_assert_int_eq(g[0].port, 2525);
	ck_assert_str_eq(g[1].id, "lon");
	ck_assert_int_eq(g[1].port, 25);
	ck_assert_str_eq(r.filter.listen, "unix:/s");
	ck_assert_int_eq(r.filter.timeout_ms, 500);
	ck_assert_int_eq(r.filter.size, 65536);
	ck_assert_int_eq(r.filter.rate_per_h, 5400);
	ck_assert(!r.filter.on);
	ck_assert_int_eq(r.filter.mode, 1);
	ck_assert_uint_eq(r.filter.clients.n, 3);
	ck_assert_str_eq(r.filter.clients.items[1], "a b");
	ck_assert_str_eq(r.filter.clients.items[2], "{{x}}");
	settings_free(sections, &r);
	ck_assert_ptr_null(r.domain);
	settings_free(sections, &r);
}
END_TEST

START_TEST(without_a_file_the_defaults_hold)
{
	struct root r = {0};
	char *error = NULL;
	int rc = settings_load(NULL, sections, &r, &error);

	ck_assert_msg(rc == 0, "%s", error);
	ck_assert_str_eq(r.domain, "nearpost.internal");
	ck_assert_uint_eq(r.gates.n, 0);
	ck_assert_int_eq(r.filter.timeout_ms, 2000);
	ck_assert_int_eq(r.filter.size, 20 << 20);
	ck_assert(r.filter.on);
	ck_assert_uint_eq(r.filter.clients.n, 2);
	ck_assert_str_eq(r.filter.clients.items[1], "::1/128");
	settings_free(sections, &r);
	rc = settings_parse("empty", slice_of(""), sections, &r, &error);
	ck_assert_msg(rc == 0, "%s", error);
	ck_assert_str_eq(r.domain, "nearpost.internal");
	settings_free(sections, &r);
}
END_TEST

START_TEST(an_empty_list_is_empty_and_an_empty_string_is_empty)
{
	struct root r = {0};
	char *error = NULL;
	int rc = settings_parse("f",
	    slice_of("domain = \"\"\nfilter { clients = {} }\n"), sections, &r,
	    &error);

	ck_assert_msg(rc == 0, "%s", error);
	ck_assert_str_eq(r.domain, "");
	ck_assert_uint_eq(r.filter.clients.n, 0);
	settings_free(sections, &r);
}
END_TEST

#define MISSING "; a value, a quote or a } is missing at the end"

static const struct {
	const char *name, *text, *error;
} bad[] = {
    {"a mistyped setting", "\nfilter {\n timeuot = 2s\n}",
        "f:3: unknown setting \"timeuot\"; did you mean \"timeout\"?"},
    {"a mistyped section", "filtre { }",
        "f:1: unknown setting \"filtre\"; did you mean \"filter\"?"},
    {"a setting of another section", "listen = \"x\"",
        "f:1: unknown setting \"listen\"; it belongs into filter { }"},
    {"a setting of the top level", "filter { domain = x }",
        "f:1: unknown setting \"domain\"; it belongs outside of filter { }"},
    {"a setting nobody knows", "gateway \"a\" {\n wibble = 1 }",
        "f:2: unknown setting \"wibble\"; known here are host, port"},
    {"nobody knows it at the top", "wibble = 1",
        "f:1: unknown setting \"wibble\"; known here are domain, gateway { },"
        " filter { }"},
    {"behind comments", "# one\n## two\n// three\n/* four\n * five */\n"
        "domain = a # six\n\nwibble = 1",
        "f:8: unknown setting \"wibble\"; known here are domain, gateway { },"
        " filter { }"},
    {"a missing unit", "filter {\n\n timeout = 20 }",
        "f:3: timeout: \"20\" has no unit: write 20ms, 20s, 20m, 20h or 20d"},
    {"a duration that is none", "filter { timeout = soon }",
        "f:1: timeout: \"soon\" is no duration: write a whole number and a "
        "unit, such as 200ms, 2s, 5m, 6h or 7d"},
    {"a duration out of range", "filter { timeout = 2m }",
        "f:1: timeout: \"2m\" is out of range: write a value from 100ms to "
        "1m"},
    {"a port out of range", "gateway \"a\" { host = h port = 70000 }",
        "f:1: port: \"70000\" is out of range: write a value from 1 to 65535"},
    {"a number that is none", "gateway \"a\" { host = h port = smtp }",
        "f:1: port: \"smtp\" is not a whole number"},
    {"a size that is none", "filter { size = 20T }",
        "f:1: size: \"20T\" is no size: write bytes as a whole number, or "
        "with K, M or G behind, such as 20M"},
    {"a rate without a unit", "filter { rate = 20 }",
        "f:1: rate: \"20\" has no unit: write 20/h, 20/m or 20/s"},
    {"a rate that is none", "filter { rate = fast }",
        "f:1: rate: \"fast\" is no rate: write a whole number and a unit, "
        "such as 20/s, 600/m or 5000/h"},
    {"a unit of a rate that is none", "filter { rate = 20/sec }",
        "f:1: rate: \"20/sec\" is no rate: write a whole number and a unit, "
        "such as 20/s, 600/m or 5000/h"},
    {"no rate at all", "filter { rate = 0/s }",
        "f:1: rate: \"0/s\" is out of range: write a value from 1/h to "
        "1000/s"},
    {"a bool that is none", "filter { on = maybe }",
        "f:1: on: \"maybe\" is neither: write yes or no"},
    {"no such choice", "filter { mode = drop }",
        "f:1: mode: \"drop\" is not among the choices: write one of wait, "
        "send"},
    {"a line break in a value", "domain = \"a\\nb\"",
        "f:1: domain: \"a\nb\" has a line break or another control character "
        "in it: take it out"},
    {"no UTF-8", "domain = \"caf\xe9\"",
        "f:1: domain: \"caf\xe9\" is not UTF-8: save the file as UTF-8"},
    {"a required setting is missing", "gateway \"tyo\" { port = 25 }",
        "f:1: host is missing in gateway \"tyo\" { }; write host = ... (where "
        "stubs go)"},
    {"a setting twice", "domain = a\ndomain = b",
        "f:2: domain is set a second time; keep one of the two"},
    {"a section twice", "filter { }\nfilter { on = no }",
        "f:2: filter { } is there a second time; put all of it into one"},
    {"a title twice",
        "gateway \"a\" { host = h }\ngateway \"a\" { host = i }",
        "f:2: found duplicate title 'a'; give one of the two another name, or "
        "put both into one"},
    {"an empty title", "gateway \"\" { host = h }",
        "f:1: gateway needs a name: gateway \"name\" { ... }"},
    {"no equals sign", "domain \"a\"",
        "f:1: missing equal sign after option 'domain'; write it before the "
        "value"},
    {"an open brace", "filter {\n on = yes\n",
        "f:3: at the end of the file a } is missing"},
    {"an open comment", "domain = a /* and\nfilter { }",
        "f:2: at the end of the file a comment is not closed; */ is missing"},
    {"an open string", "domain = \"a\n",
        "f:2: premature end of file" MISSING},
    {"an open list", "filter { clients = {a, b",
        "f:1: premature end of file" MISSING},
    {"a value missing at the end", "domain =",
        "f:1: premature end of file" MISSING},
    {"an open string in single quotes", "domain = 'a\n",
        "f:2: unterminated string constant; write the ' that ends it"},
    {"a brace too many", "filter { } }",
        "f:1: unexpected closing brace; take the } out, or put the { before it"},
    {"no brace", "gateway \"a\"\nhost = h\n",
        "f:2: missing opening brace for section 'gateway'; write { before the "
        "settings that belong to it"},
    {"no title", "gateway { host = h }",
        "f:1: missing title for section 'gateway'; write it in quotes before the "
        "{"},
    {"a value beside the list's braces", "filter { clients = \"a\", \"b\" }",
        "f:1: unexpected token ','; write name = \"value\", or name = {\"one\", "
        "\"two\"}"},
    {"something added to what is no list", "domain += \"a\"",
        "f:1: attempt to append to non-list option 'domain'; write = instead of "
        "+="},
    {"an odd escape", "domain = \"\\9\"",
        "f:1: bad escape sequence '\\9'; write \\\\ for a backslash"},
    {"a variable of the environment", "\ndomain = ${HOME}\n",
        "f:2: ${ stands outside of quotes; write \"${...}\""},
    {"a variable behind a word", "filter { listen = a//b${HOME} }",
        "f:1: ${ stands outside of quotes; write \"${...}\""},
    {"another file", "include(\"/etc/passwd\")\n",
        "f:1: unknown setting \"include\"; known here are"},
    {"another file, otherwise", "\ninclude = \"/etc/passwd\"\n",
        "f:2: unknown setting \"include\"; known here are"},
};

START_TEST(a_bad_file_gets_file_line_and_remedy)
{
	struct root r = {0}, empty = {0};
	char *error = NULL;
	int rc = settings_parse("f", slice_of(bad[_i].text), sections, &r,
	    &error);

	ck_assert_msg(rc == -1, "%s was accepted", bad[_i].name);
	/* The list of all that is known is told elsewhere. */
	ck_assert_msg(strncmp(error, bad[_i].error, strlen(bad[_i].error)) == 0 &&
	        (strstr(bad[_i].error, "known here are") ||
	            strlen(error) == strlen(bad[_i].error)),
	    "%s: got %s", bad[_i].name, error);
	ck_assert_mem_eq(&r, &empty, sizeof(r));
	free(error);
}
END_TEST

static const struct {
	const char *section, *title, *name;
	int line;
} lines[] = {
    {NULL, NULL, "domain", 2},
    {"gateway", "tyo", "host", 5},
    {"gateway", "tyo", "port", 7},
    {"gateway", "lon", "host", 10},
    {"gateway", "lon", "port", 0},
    {"filter", NULL, "clients", 13},
    {"filter", NULL, "size", 0},
    {NULL, NULL, "host", 0},
};

static const struct {
	const char *name, *text, *value;
} comments[] = {
    {"behind a value", "domain = a # b\n", "a"},
    {"two slashes", "domain = a // b\n", "a"},
    {"as in C", "domain = /* b */ a", "a"},
    {"touching the value", "domain = a#b\n", "a"},
    {"at the very end", "domain = a\n#", "a"},
    {"a quote in it", "# it's \"\ndomain = a", "a"},
    {"within quotes", "domain = \"a # b // c /* d\"", "a # b // c /* d"},
    {"within quotes of the other kind", "domain = 'a # b \" c'",
        "a # b \" c"},
    {"behind an escaped quote", "domain = \"a \\\" # b\"", "a \" # b"},
    {"two slashes within a word", "domain = unix://a", "unix://a"},
    {"within a list",
        "filter { clients = {a, # one, two\n b /* c */, /* d, */ e} }\n"
        "domain = a", "a"},
};

START_TEST(comments_are_passed_over)
{
	struct root r = {0};
	char *error = NULL;
	int rc = settings_parse("f", slice_of(comments[_i].text), sections, &r,
	    &error);

	ck_assert_msg(rc == 0, "%s: %s", comments[_i].name, error);
	ck_assert_msg(strcmp(r.domain, comments[_i].value) == 0, "%s: got %s",
	    comments[_i].name, r.domain);
	settings_free(sections, &r);
}
END_TEST

START_TEST(the_line_of_each_setting_is_known)
{
	static const char text[] = "# a comment\ndomain = \"x.test\"\n\n"
	    "gateway \"tyo\" {\n  host = \"h\"\n  /* two\n  lines */ port = 26\n"
	    "}\ngateway \"lon\" { host = \"long\\\n\" }\n"
	    "filter {\n clients = {\"a\",\n\"b\"}\n}\n";
	struct root r = {0};
	struct map *map = NULL;
	char *error = NULL;

	ck_assert_msg(settings_parse_lines("f.conf", slice_of(text), sections,
	    &r, &map, &error) == 0, "%s", error);
	ck_assert_msg(settings_line(map, lines[_i].section, lines[_i].title,
	    lines[_i].name) == lines[_i].line, "%s: %d", lines[_i].name,
	    settings_line(map, lines[_i].section, lines[_i].title,
	    lines[_i].name));
	map_free(&map, NULL);
	settings_free(sections, &r);
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
	struct root r = {0};
	char *error = NULL;

	ck_assert_int_eq(settings_parse("f", (struct slice){"\ndomain = a\0b", 13},
	    sections, &r, &error), -1);
	ck_assert_str_eq(error,
	    "f:2: there is a NUL byte; settings are plain text, save the file as "
	    "UTF-8");
	free(error);
}
END_TEST

static const struct {
	const char *name, *text, *value;
} texts[] = {
    {"a variable", "domain = \"${NEARPOST_SECRET}\"", "${NEARPOST_SECRET}"},
    {"its default", "domain = \"a${NO:-b}c\"", "a${NO:-b}c"},
    {"a price", "domain = \"only ${{price}} left\"", "only ${{price}} left"},
    {"an escaped one", "domain = \"\\${NEARPOST_SECRET}\"",
        "${NEARPOST_SECRET}"},
    {"a backslash before one", "domain = \"\\\\${NEARPOST_SECRET}\"",
        "\\${NEARPOST_SECRET}"},
    {"two dollars", "domain = \"$${NEARPOST_SECRET}\"", "$${NEARPOST_SECRET}"},
    {"an escaped dollar before one", "domain = \"\\$${NEARPOST_SECRET}\"",
        "$${NEARPOST_SECRET}"},
    {"one over two lines", "domain = \"\\\n${NEARPOST_SECRET}\"",
        "${NEARPOST_SECRET}"},
    {"in single quotes", "domain = '${NEARPOST_SECRET}'",
        "${NEARPOST_SECRET}"},
    {"behind an escaped quote", "domain = \"\\\"${NEARPOST_SECRET}\"",
        "\"${NEARPOST_SECRET}"},
    {"behind comments with quotes in them",
        "# it's ${X}\n/* a \" ${X} */ // \" ${X}\ndomain ="
        "\"${NEARPOST_SECRET}\"", "${NEARPOST_SECRET}"},
    {"behind what looks like a comment",
        "filter { listen = http://x } domain = \"${NEARPOST_SECRET}\"",
        "${NEARPOST_SECRET}"},
    {"behind a slash and a star",
        "filter { listen = a/*b } domain = \"${NEARPOST_SECRET}\"", NULL},
    {"behind a quote in single quotes",
        "filter { listen = 'a\\'\"' } domain = \"${NEARPOST_SECRET}\"",
        "${NEARPOST_SECRET}"},
    {"a byte order mark", "\xef\xbb\xbf" "domain = \"x\"", "x"},
    {"a byte order mark alone", "\xef\xbb\xbf", "nearpost.internal"},
    {"lines of another system",
        "# a\r\ndomain = \"x\"\r\nfilter {\r\n\ton = no\r\n}\r\n", "x"},
};

START_TEST(a_file_says_what_is_in_it_and_nothing_else)
{
	struct root r = {0};
	char *error = NULL;
	int rc;

	ck_assert_int_eq(setenv("NEARPOST_SECRET", "s3cret", 1), 0);
	rc = settings_parse("f", slice_of(texts[_i].text), sections, &r, &error);
	if (texts[_i].value)
		ck_assert_msg(rc == 0 && strcmp(r.domain, texts[_i].value) == 0,
		    "%s: got %s", texts[_i].name, error ? error : r.domain);
	else
		ck_assert_msg(rc == -1 && !strstr(error, "s3cret"),
		    "%s: got %s", texts[_i].name, error ? error : r.domain);
	free(error);
	settings_free(sections, &r);
}
END_TEST

START_TEST(items_and_sections_have_their_lines)
{
	struct root r = {0};
	struct map *map = NULL;
	char *error = NULL;
	int rc = settings_parse_lines("f", slice_of(
	    "\ndomain = x\n"
	    "filter\n{\n clients = {\"a\",\n\"b\"}\n"
	    " clients += {\"c\"}\n on = no }\n"
	    "gateway \"a\"\n{\n\n host = h }\n"
	    "gateway \"b\" {\n\n host = h }\n"), sections, &r, &map, &error);

	ck_assert_msg(rc == 0, "%s", error);
	ck_assert_int_eq(settings_item_line(map, NULL, NULL, "domain", 0), 2);
	ck_assert_int_eq(settings_item_line(map, "filter", NULL, "", 0), 4);
	ck_assert_int_eq(settings_item_line(map, "filter", NULL, "clients", 0), 5);
	ck_assert_int_eq(settings_item_line(map, "filter", NULL, "clients", 1), 6);
	ck_assert_int_eq(settings_item_line(map, "filter", NULL, "clients", 2), 7);
	ck_assert_int_eq(settings_item_line(map, "filter", NULL, "clients", 3), 0);
	ck_assert_int_eq(settings_item_line(map, "filter", NULL, "on", 0), 8);
	ck_assert_int_eq(settings_item_line(map, "filter", NULL, "size", 0), 0);
	ck_assert_int_eq(settings_item_line(map, "gateway", "a", "", 0), 10);
	ck_assert_int_eq(settings_item_line(map, "gateway", "a", "host", 0), 12);
	ck_assert_int_eq(settings_item_line(map, "gateway", "b", "", 0), 13);
	ck_assert_int_eq(settings_item_line(map, "gateway", "c", "", 0), 0);
	map_free(&map, NULL);
	settings_free(sections, &r);
}
END_TEST

START_TEST(lists_can_be_added_to)
{
	struct root r = {0};
	char *error = NULL;
	int rc = settings_parse("f", slice_of(
	    "filter { clients = {a}\n clients += {b, c} }"), sections, &r,
	    &error);

	ck_assert_msg(rc == 0, "%s", error);
	ck_assert_uint_eq(r.filter.clients.n, 3);
	ck_assert_str_eq(r.filter.clients.items[2], "c");
	settings_free(sections, &r);
}
END_TEST

/* Whatever is printed reads back as the same settings. */
START_TEST(what_is_printed_reads_back)
{
	struct root r = {0}, again = {0};
	struct buf once = {0}, twice = {0};
	char *error = NULL;

	ck_assert_int_eq(settings_parse("f", slice_of(good), sections, &r,
	    &error), 0);
	free(r.domain);
	r.domain = strdup("quote\" back\\slash ${HOME} {{x}} 'y' # no comment");
	settings_print(sections, &r, &once);
	ck_assert_msg(settings_parse("p", slice_buf(&once), sections, &again,
	    &error) == 0, "%s in\n%s", error, once.data);
	settings_print(sections, &again, &twice);
	ck_assert_str_eq(once.data, twice.data);
	ck_assert_str_eq(again.domain, r.domain);
	ck_assert_ptr_nonnull(strstr(once.data, "\ttimeout = 500ms\n"));
	ck_assert_ptr_nonnull(strstr(once.data, "\tsize = 64K\n"));
	ck_assert_ptr_nonnull(strstr(once.data, "\trate = 90/m\n"));
	ck_assert_ptr_nonnull(strstr(once.data, "gateway \"lon\" {\n"));
	settings_free(sections, &r);
	settings_free(sections, &again);
	buf_free(&once);
	buf_free(&twice);
}
END_TEST

static const struct {
	const char *name, *value;
} values[] = {
    {"domain", "relay.example"},
    {"filter.timeout", "500ms"},
    {"filter.on", "no"},
    {"filter.mode", "send"},
    {"filter.clients", "{\"10.0.0.0/8\", \"a b\", \"{{x}}\"}"},
    {"gateway.tyo.port", "2525"},
    {"gateway.lon.host", "lon.gw.example.net"},
    {"gateway.nyc.host", NULL},
    {"gateway.tyo", NULL},
    {"filter", NULL},
    {"listen", NULL},
    {"", NULL},
};

START_TEST(one_value_is_found_by_its_name)
{
	struct root r = {0};
	struct buf out = {0};
	char *error = NULL;
	int rc;

	ck_assert_int_eq(settings_parse("f", slice_of(good), sections, &r,
	    &error), 0);
	rc = settings_value(sections, &r, values[_i].name, &out);
	ck_assert_msg((rc == 0) == (values[_i].value != NULL), "%s",
	    values[_i].name);
	if (rc == 0)
		ck_assert_str_eq(out.data, values[_i].value);
	settings_free(sections, &r);
	buf_free(&out);
}
END_TEST

START_TEST(a_file_is_read_and_a_missing_one_named)
{
	char path[] = "test_settings.XXXXXX";
	struct root r = {0};
	char *error = NULL;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(path, slice_of(good), 0600), 0);
	ck_assert_int_eq(settings_load(path, sections, &r, &error), 0);
	ck_assert_uint_eq(r.gates.n, 2);
	settings_free(sections, &r);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(settings_load("/nonexistent.conf", sections, &r,
	    &error), -1);
	ck_assert_str_eq(error, "/nonexistent.conf: No such file or directory");
	free(error);
	close(fd);
}
END_TEST

/* A parser is fed every prefix of every good input: nothing may crash, and a
 * refusal always has a text. */
START_TEST(every_prefix_is_accepted_or_explained)
{
	size_t len;

	for (len = 0; len < sizeof(good) - 1; len++) {
		struct root r = {0};
		char *error = NULL;

		if (settings_parse("f", (struct slice){good, len}, sections, &r,
		        &error) < 0) {
			ck_assert_ptr_nonnull(error);
			ck_assert_int_eq(strncmp(error, "f:", 2), 0);
			free(error);
		}
		settings_free(sections, &r);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("settings");
	TCase *t = tcase_create("settings");

	tcase_add_test(t, a_whole_file_lands_in_its_structs);
	tcase_add_test(t, without_a_file_the_defaults_hold);
	tcase_add_test(t, an_empty_list_is_empty_and_an_empty_string_is_empty);
	ADD_ROWS(t, a_bad_file_gets_file_line_and_remedy, bad);
	ADD_ROWS(t, comments_are_passed_over, comments);
	ADD_ROWS(t, the_line_of_each_setting_is_known, lines);
	tcase_add_test(t, nul_bytes_are_refused);
	ADD_ROWS(t, a_file_says_what_is_in_it_and_nothing_else, texts);
	tcase_add_test(t, items_and_sections_have_their_lines);
	tcase_add_test(t, lists_can_be_added_to);
	tcase_add_test(t, what_is_printed_reads_back);
	ADD_ROWS(t, one_value_is_found_by_its_name, values);
	tcase_add_test(t, a_file_is_read_and_a_missing_one_named);
	tcase_add_test(t, every_prefix_is_accepted_or_explained);
	suite_add_tcase(s, t);
	return unit_main(s);
}
