#include "tests/unit/tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include "gateway-agent/spool.h"

#define ID "6AQ5NXSs022065"

static char *dir;

static void
set_up(void)
{
	dir = tree_new();
}

static void
tear_down(void)
{
	tree_free(&dir);
}

static const struct {
	const char *name, *file, *id;
	enum claim_place place;
} cases[] = {
    {"an envelope in the directory", "qf" ID, ID, CLAIM_PLACE_QUEUE},
    {"one in its qf/", "qf/qf" ID, ID, CLAIM_PLACE_QUEUE},
    {"one in quarantine", "hf" ID, ID, CLAIM_PLACE_QUEUE},
    {"a body alone", "df" ID, ID, CLAIM_PLACE_NONE},
    {"another mail's envelope", "qf6AQ5NXSs022066", ID, CLAIM_PLACE_NONE},
    {"an id of Postfix's", "qf4jYGr22XFCz1c9ZB", "4jYGr22XFCz1c9ZB",
        CLAIM_PLACE_NONE},
    {"an id that is a path", "qf" ID, "../../etc/x", CLAIM_PLACE_NONE},
};

START_TEST(an_envelope_says_that_the_mail_is_in_the_queue)
{
	tree_put_str(dir, cases[_i].file, "");
	ck_assert_msg(spool_place(dir, cases[_i].id) == cases[_i].place, "%s",
	    cases[_i].name);
}
END_TEST

START_TEST(a_directory_that_is_not_there_says_nothing)
{
	ck_assert_int_eq(spool_place("/nonexistent/mqueue", ID),
	    CLAIM_PLACE_UNKNOWN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spool");
	TCase *t = tcase_create("spool");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, an_envelope_says_that_the_mail_is_in_the_queue, cases);
	tcase_add_test(t, a_directory_that_is_not_there_says_nothing);
	suite_add_tcase(s, t);
	return unit_main(s);
}
