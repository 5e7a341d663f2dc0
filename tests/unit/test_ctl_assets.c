#include "tests/unit/unit.h"

#include "ctl/assets_status.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"
#define A "sha256:" HEX "aa"
#define B "sha256:bb" HEX

static const struct {
	const char *name, *row, *fault;
	enum assets_verdict verdict;
} rows[] = {
    {"holds it", "id=a;state=live;report_age_ms=5;sets=" A, "", ASSETS_OK},
    {"holds it beside another",
        "id=a;state=live;report_age_ms=5;sets=" B "," A, "", ASSETS_OK},
    {"holds it, and the next one is damaged",
        "id=a;state=live;report_age_ms=5;sets=" A, "x is missing", ASSETS_OK},
    {"holds another", "id=a;state=live;report_age_ms=5;sets=" B, "",
        ASSETS_LACKS},
    {"holds none", "id=a;state=live;report_age_ms=5", "", ASSETS_LACKS},
    {"holds another, and this one is damaged",
        "id=a;state=live;report_age_ms=5;sets=" B, "x is missing",
        ASSETS_FAILED},
    {"does not report any more",
        "id=a;state=silent;report_age_ms=9000;sets=" A, "", ASSETS_SILENT},
    {"has never reported", "id=a;state=dead", "", ASSETS_SILENT},
    {"is drained and has never reported", "id=a;state=drained", "",
        ASSETS_SILENT},
    {"is drained", "id=a;state=drained;report_age_ms=5;sets=" A, "",
        ASSETS_OK},
};

START_TEST(a_gateway_is_judged_by_the_sets_it_holds)
{
	ck_assert_msg(assets_judge(slice_of(rows[_i].row),
	                  slice_of(rows[_i].fault), A) == rows[_i].verdict,
	    "%s", rows[_i].name);
}
END_TEST

#define OK "action=OK\nasset_digest=" A "\n"
#define LON "gateway.0=id=lon;state=live;report_age_ms=400;since_ms=" \
	"1764000000000;sets=" A "," B "\n"
#define NYC(state, sets) "gateway.1=id=nyc;state=" state \
	";report_age_ms=5;sets=" sets "\n"
#define FAULT "error.1=/a/\xd1\x81\"x\": is missing; copy it here\n"

static const struct {
	const char *name, *answer, *wanted;
	bool good;
} answers[] = {
    {"all hold it", OK LON NYC("live", A), NULL, true},
    {"one lacks it", OK LON NYC("live", B), NULL, false},
    {"one has it damaged", OK LON NYC("live", B) FAULT, NULL, false},
    {"one that is silent lacks it", OK LON NYC("silent", B), NULL, true},
    {"one that is drained lacks it", OK LON NYC("drained", B), NULL, true},
    {"nobody is live", OK NYC("silent", A), NULL, false},
    {"there is no gateway", OK, NULL, false},
    {"the initiator has no set", "action=OK\n" LON, NULL, false},
    {"the next one is not everywhere", OK LON NYC("live", A), B, false},
    {"the next one is everywhere", OK LON NYC("live", A "," B), B, true},
};

static const char *
show(struct arena *arena, const char *text, const char *wanted, bool json,
    bool *good_r)
{
	struct policy_message m;
	struct buf out = {0};
	const char *error, *shown;
	size_t used;

	text = arena_printf(arena, "%s\n", text);
	ck_assert_int_eq(
	    policy_parse(arena, slice_of(text), &m, &used, &error), 1);
	*good_r = assets_status_show(arena, &m, wanted, json, &out);
	shown = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return shown;
}

START_TEST(all_is_well_when_every_live_gateway_holds_the_set)
{
	struct arena *arena = arena_new();
	bool good, json_good;
	const char *json;

	(void)show(arena, answers[_i].answer, answers[_i].wanted, false, &good);
	json = show(arena, answers[_i].answer, answers[_i].wanted, true,
	    &json_good);
	ck_assert_msg(good == answers[_i].good, "%s", answers[_i].name);
	ck_assert(json_good == good);
	ck_assert_ptr_nonnull(strstr(json, good ? "\"ok\":true" :
	    "\"ok\":false"));
	arena_free(&arena);
}
END_TEST

START_TEST(the_table_shows_who_has_what)
{
	struct arena *arena = arena_new();
	bool good;
	const char *table = show(arena, OK LON NYC("live", B) FAULT
	    "error=campaign.conf: no\n", NULL, false, &good);

	ck_assert_str_eq(table,
	    "the initiator's set: " A "\n"
	    "    the initiator's last reload: campaign.conf: no\n"
	    "gateway          verdict   sets, the newest first      "
	    "since (UTC)      report\n"
	    "lon              ok        *00112233 bb001122           "
	    "2025-11-24 16:00    0.4 s ago\n"
	    "nyc              FAILED    bb001122                     "
	    "-                   0.0 s ago\n"
	    "    /a/\xd1\x81\"x\": is missing; copy it here\n");
	arena_free(&arena);
}
END_TEST

START_TEST(programs_get_the_same)
{
	struct arena *arena = arena_new();
	bool good;
	const char *json = show(arena, OK LON NYC("live", B) FAULT, B, true,
	    &good);

	ck_assert_str_eq(json, "{\"initiator\":\"" A "\",\"wanted\":\"" B
	    "\",\"ok\":true,\"gateways\":["
	    "{\"id\":\"lon\",\"state\":\"live\",\"verdict\":\"ok\","
	    "\"since_ms\":1764000000000,\"report_age_ms\":400,\"sets\":[\""
	    A "\",\"" B "\"]},"
	    "{\"id\":\"nyc\",\"state\":\"live\",\"verdict\":\"ok\","
	    "\"error\":\"/a/\xd1\x81\\\"x\\\": is missing; copy it here\","
	    "\"report_age_ms\":5,\"sets\":[\"" B "\"]}]}\n");
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_assets");
	TCase *t = tcase_create("ctl_assets");

	ADD_ROWS(t, a_gateway_is_judged_by_the_sets_it_holds, rows);
	ADD_ROWS(t, all_is_well_when_every_live_gateway_holds_the_set, answers);
	tcase_add_test(t, the_table_shows_who_has_what);
	tcase_add_test(t, programs_get_the_same);
	suite_add_tcase(s, t);
	return unit_main(s);
}
