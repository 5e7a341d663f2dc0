/* Against a sorted set that changes between the pages. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "policyd/names.h"

#define MEMBERS_MAX 20000
#define AN_HOUR_MS 3600000

struct member {
	int64_t at_ms;
	char name[16];
};

static struct policyd p;
static struct member set[MEMBERS_MAX];
static size_t n_set, pages;
static bool away;
static void (*between)(void);
static enum names_end ended;
static bool had_news;

bool
store_ready(const struct store *s)
{
	(void)s;
	return true;
}

static int64_t
number(const struct command *c, int i)
{
	int64_t v;

	ck_assert_int_eq(text_int(slice_of(c->argv[i]), 0, INT64_MAX, &v), 0);
	return v;
}

/* ZRANGEBYSCORE key min +inf WITHSCORES LIMIT offset count */
void
store_call(struct store *s, const struct command *c, size_t n, store_cb *cb,
    void *ctx)
{
	struct arena *arena = arena_new();
	struct reply r = {.type = REPLY_LIST};
	int64_t from = number(c, 2), offset = number(c, 6), left = number(c, 7);

	(void)s;
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(c->argv[1], "np:some");
	r.items = arena_alloc(arena, 2 * n_set * sizeof(*r.items) + 1);
	for (size_t i = 0; i < n_set && left > 0; i++) {
		if (set[i].at_ms < from || offset-- > 0)
			continue;
		r.items[r.n++] = (struct reply){.type = REPLY_TEXT,
		    .text = slice_of(arena_strdup(arena, set[i].name))};
		r.items[r.n++] = (struct reply){.type = REPLY_TEXT,
		    .text = slice_of(arena_printf(arena, "%lld",
		        (long long)set[i].at_ms))};
		left--;
	}
	pages++;
	if (between)
		between();
	cb(away ? STORE_DOWN : STORE_OK, away ? NULL : &r, ctx);
	arena_free(&arena);
}

static void
on_done(enum names_end end, bool news, void *ctx)
{
	(void)ctx;
	ended = end;
	had_news = news;
}

/* Behind the others. */
static void
put(int64_t at_ms, int number_of)
{
	struct member *m = &set[n_set++];

	ck_assert_uint_le(n_set, MEMBERS_MAX);
	m->at_ms = at_ms;
	(void)snprintf(m->name, sizeof(m->name), "n%d", number_of);
}

static void
take_off_first(void)
{
	memmove(&set[0], &set[100], (n_set - 100) * sizeof(set[0]));
	n_set -= 100;
}

static struct names *
make(size_t max, const char *marker)
{
	char prefix[] = "np:";

	p.config.policyd.redis_prefix = xstrdup(prefix);
	n_set = pages = 0;
	away = false;
	between = NULL;
	return names_new(&p, &(struct names_of){.key = "some",
	    .marker = marker, .max = max, .done = on_done});
}

static void
end(struct names *n)
{
	names_free(&n);
	free(p.config.policyd.redis_prefix);
}

static size_t
known(const struct names *n)
{
	size_t k = 0;

	for (size_t i = 0; i < n_set; i++)
		k += names_has(n, slice_of(set[i].name));
	return k;
}

START_TEST(what_is_taken_off_meanwhile_hides_nobody)
{
	struct names *n = make(0, NULL);

	for (int i = 0; i < 10000; i++)
		put(1000 + i / 3, i);
	between = take_off_first;
	names_read(n, true);
	ck_assert_int_eq(ended, NAMES_READ);
	ck_assert_uint_gt(pages, 4);
	ck_assert_uint_eq(known(n), n_set);
	end(n);
}
END_TEST

START_TEST(more_of_one_time_than_a_page_has)
{
	struct names *n = make(0, NULL);

	for (int i = 0; i < 9000; i++)
		put(i < 100 ? 500 : i < 8900 ? 1000 : 1500, i);
	between = take_off_first;
	names_read(n, true);
	ck_assert_int_eq(ended, NAMES_READ);
	ck_assert_uint_eq(known(n), n_set);
	end(n);
}
END_TEST

START_TEST(what_is_new_is_read_and_who_was_taken_off_goes)
{
	struct names *n = make(0, NULL);

	put(AN_HOUR_MS, 1);
	put(AN_HOUR_MS, 2);
	names_read(n, false);
	ck_assert(had_news);
	ck_assert_uint_eq(names_count(n), 2);
	set[0] = set[1];
	n_set = 1;
	put(AN_HOUR_MS - 60000, 3); /* by a clock that is slow */
	names_read(n, false);
	ck_assert(had_news);
	ck_assert_uint_eq(names_count(n), 3);
	names_read(n, false);
	ck_assert(!had_news);
	names_read(n, true);
	ck_assert(!had_news);
	ck_assert_uint_eq(names_count(n), 2);
	ck_assert(!names_has(n, slice_of("n1")));
	end(n);
}
END_TEST

START_TEST(a_failed_pass_forgets_nobody)
{
	struct names *n = make(0, NULL);

	put(AN_HOUR_MS, 1);
	names_read(n, true);
	away = true;
	names_read(n, true);
	ck_assert_int_eq(ended, NAMES_FAILED);
	ck_assert_uint_eq(names_count(n), 1);
	end(n);
}
END_TEST

START_TEST(more_than_there_is_room_for)
{
	struct names *n = make(3, NULL);

	for (int i = 0; i < 3; i++)
		put(AN_HOUR_MS, i);
	names_read(n, true);
	ck_assert_int_eq(ended, NAMES_READ);
	put(AN_HOUR_MS, 3);
	names_read(n, false);
	ck_assert_int_eq(ended, NAMES_TOO_MANY);
	ck_assert_uint_eq(names_count(n), 0);
	end(n);
}
END_TEST

START_TEST(a_marker_is_no_name)
{
	struct names *n = make(0, "n7");

	names_read(n, true);
	ck_assert(!names_marked(n));
	put(AN_HOUR_MS, 7);
	names_read(n, false);
	ck_assert(names_marked(n) && !had_news);
	ck_assert_uint_eq(names_count(n), 0);
	end(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("names");
	TCase *t = tcase_create("names");

	tcase_add_test(t, what_is_taken_off_meanwhile_hides_nobody);
	tcase_add_test(t, more_of_one_time_than_a_page_has);
	tcase_add_test(t, what_is_new_is_read_and_who_was_taken_off_goes);
	tcase_add_test(t, a_failed_pass_forgets_nobody);
	tcase_add_test(t, more_than_there_is_room_for);
	tcase_add_test(t, a_marker_is_no_name);
	suite_add_tcase(s, t);
	return unit_main(s);
}
