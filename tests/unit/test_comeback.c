#include "tests/unit/unit.h"

#include "lib/mail/comeback.h"

static const struct {
	const char *name, *text, *site;
	double seconds;
} texts[] = {
    {"as a server says it",
        "451 4.3.0 nearpost: every gateway is at its max_rate of 20/s for "
        "site google.com; come back in 0.5 s (a@gmail.com)", "google.com",
        0.5},
    {"alone", " for site x; come back in 86400 s", "x", 86400},
    {"the first of two",
        "a for site x; come back in 1.0 s (b); c for site y; come back in 9 s",
        "x", 1},
    {"another reply", "451 4.3.0 nearpost: no gateway is alive", NULL, 0},
    {"no time", "a for site x", NULL, 0},
    {"another end", "a for site x; try again later", NULL, 0},
    {"no site", "a for site ; come back in 1 s", NULL, 0},
    {"two words for a site", "a for site x y; come back in 1 s", NULL, 0},
    {"no number", "a for site x; come back in soon s", NULL, 0},
    {"a negative number", "a for site x; come back in -1 s", NULL, 0},
    {"too long", "a for site x; come back in 86401 s", NULL, 0},
    {"another unit", "a for site x; come back in 1 ms", NULL, 0},
    {"no unit", "a for site x; come back in 1", NULL, 0},
    {"empty", "", NULL, 0},
};

START_TEST(a_wait_is_read_or_not_there)
{
	double seconds = 0;
	struct slice site = {NULL, 0};
	bool found = comeback_read(slice_of(texts[_i].text), &site, &seconds);

	ck_assert_msg(found == (texts[_i].site != NULL), "%s", texts[_i].name);
	if (!found)
		return;
	ck_assert_msg(slice_eq_str(site, texts[_i].site), "%s: %.*s",
	    texts[_i].name, (int)site.len, site.data);
	ck_assert_double_eq_tol(seconds, texts[_i].seconds, 1e-9);
}
END_TEST

START_TEST(every_prefix_is_survived)
{
	const char *good = texts[0].text;
	struct slice site;
	double seconds;
	size_t n, whole = (size_t)(strstr(good, " s (") + 2 - good);

	for (n = 0; n <= strlen(good); n++)
		ck_assert(comeback_read((struct slice){good, n}, &site,
		              &seconds) == (n >= whole));
}
END_TEST

static const struct {
	double seconds;
	const char *want;
} waits[] = {
    {0.5, " for site x; come back in 0.5 s"},
    {0.51, " for site x; come back in 0.6 s"},
    {6, " for site x; come back in 6.0 s"},
    {-1, " for site x; come back in 0.0 s"},
    {1e300, " for site x; come back in 86400.0 s"},
};

START_TEST(a_wait_is_rounded_up_and_read_again)
{
	struct buf out = {0};
	struct slice site;
	double seconds;

	comeback_write(&out, "x", waits[_i].seconds);
	ck_assert_str_eq(out.data, waits[_i].want);
	ck_assert(comeback_read(slice_buf(&out), &site, &seconds));
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("comeback");
	TCase *t = tcase_create("comeback");

	ADD_ROWS(t, a_wait_is_read_or_not_there, texts);
	tcase_add_test(t, every_prefix_is_survived);
	ADD_ROWS(t, a_wait_is_rounded_up_and_read_again, waits);
	suite_add_tcase(s, t);
	return unit_main(s);
}
