#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/routable.h"

#define DOMAIN "nearpost.internal"

static const struct {
	const char *name, *text, *ids;
} tables[] = {
    {"nothing", "", ""},
    {"one gateway", ".tyo.nearpost.internal nearpost:[t]:25\n", "tyo"},
    {"sorted, tabs, no last line end",
        ".tyo.nearpost.internal\tnearpost:[t]\n"
        ".lon.nearpost.internal\t nearpost:[l]", "lon,tyo"},
    {"pairs and split forms name no id alone",
        ".tyo-lon.nearpost.internal nearpost:[t]\n"
        ".tyo.split.nearpost.internal nearsplit:[t]\n", ""},
    {"comments and continued lines",
        "# .a.nearpost.internal nearpost:[a]\n"
        ".b.nearpost.internal nearpost:[b],\n"
        "   .c.nearpost.internal nearpost:[c]\n", "b"},
    {"what is only put off is no route",
        ".a.nearpost.internal retry:4.4.0 gone\n"
        ".b.nearpost.internal error:5.1.2 gone\n"
        ".c.nearpost.internal\n"
        ".nearpost.internal retry:4.4.0 no such gateway\n", ""},
    {"other domains", ".a.example.org smtp:[a]\n"
        ".a.xnearpost.internal nearpost:[a]\n"
        "a.nearpost.internal nearpost:[a]\n"
        ".nearpost.internal nearpost:[a]\n", ""},
    {"case of the domain does not count",
        ".a.NearPost.Internal nearpost:[a]\n", "a"},
    {"no id", ".A.nearpost.internal nearpost:[a]\n"
        ".a_b.nearpost.internal nearpost:[a]\n"
        ".split.nearpost.internal nearpost:[a]\n"
        ".12345678901234567.nearpost.internal nearpost:[a]\n", ""},
    {"twice is once", ".a.nearpost.internal nearpost:[a]\n"
        ".a.nearpost.internal nearpost:[b]\n", "a"},
    {"CRLF", ".a.nearpost.internal nearpost:[a]\r\n", "a"},
};

START_TEST(a_table_names_its_gateways)
{
	struct routes *r = routes_parse(slice_of(tables[_i].text), DOMAIN);

	ck_assert_msg(strcmp(routes_ids(r), tables[_i].ids) == 0, "%s: %s",
	    tables[_i].name, routes_ids(r));
	routes_unref(&r);
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(a_route_is_there_for_exactly_its_label)
{
	struct routes *r = routes_parse(slice_of(
	    ".tyo-lon.nearpost.internal nearpost:[t]\n"
	    ".lon.split.nearpost.internal nearsplit:[t]\n"), DOMAIN);
	struct ranking pair, back, one;

	ck_assert_int_eq(ranking_parse(slice_of("tyo-lon"), '-', &pair), 0);
	ck_assert_int_eq(ranking_parse(slice_of("lon-tyo"), '-', &back), 0);
	ck_assert_int_eq(ranking_parse(slice_of("lon"), '-', &one), 0);
	ck_assert(routes_have(r, &pair, false));
	ck_assert(!routes_have(r, &pair, true));
	ck_assert(!routes_have(r, &back, false));
	ck_assert(!routes_have(r, &one, false));
	ck_assert(routes_have(r, &one, true));
	routes_unref(&r);
}
END_TEST

static char path[64];

static void
write_table(const char *text)
{
	char fresh[80];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/tmp/np-routable.%ld",
	    (long)getpid());
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	f = fopen(fresh, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert(fputs(text, f) >= 0 && fclose(f) == 0);
	ck_assert_int_eq(rename(fresh, path), 0);
}

static void
ids_are(struct routable *r, int64_t ms, const char *ids)
{
	struct routes *now = routable_get(r, ms);

	ck_assert_str_eq(routes_ids(now), ids);
	routes_unref(&now);
}

START_TEST(a_changed_table_is_read_once_a_second)
{
	struct routable *r;
	struct routes *kept;

	write_table(".a.nearpost.internal nearpost:[a]\n");
	r = routable_new(path, DOMAIN);
	ids_are(r, 5000, "a");
	kept = routable_get(r, 5001);
	write_table(".b.nearpost.internal nearpost:[b]\n");
	ids_are(r, 5999, "a");
	ids_are(r, 6000, "b");
	/* A message keeps the table that it began with. */
	ck_assert_str_eq(routes_ids(kept), "a");
	routes_unref(&kept);
	ck_assert_int_eq(unlink(path), 0);
	ids_are(r, 7000, "b");
	write_table("");
	ids_are(r, 8000, "");
	(void)unlink(path);
	routable_free(&r);
}
END_TEST

START_TEST(a_missing_table_names_nobody)
{
	struct routable *r = routable_new("/nonexistent/transport", DOMAIN);

	ids_are(r, 0, "");
	routable_free(&r);
	ck_assert_ptr_null(r);
	routable_free(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("routable");
	TCase *t = tcase_create("routable");

	ADD_ROWS(t, a_table_names_its_gateways, tables);
	tcase_add_test(t, a_route_is_there_for_exactly_its_label);
	tcase_add_test(t, a_changed_table_is_read_once_a_second);
	tcase_add_test(t, a_missing_table_names_nobody);
	suite_add_tcase(s, t);
	return unit_main(s);
}
