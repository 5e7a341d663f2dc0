/* What is wrong, and how bad that is. */
#include "ctl/overview.h"

#include "tests/unit/unit.h"

#define PING "redis=ok\nasset_digest=sha256:00\nevents_waiting=0\n\n"
#define LIVE "state=live;assets=ok;report_age_ms=500"

static const struct {
	const char *name;
	bool answered;
	const char *ping, *gateways;
	enum overview_level level;
	const char *says; /* of one of the problems; NULL: there is none */
} cases[] = {
    {"all is well", true, PING, "gateway.0=id=tyo;" LIVE "\n\n", LEVEL_OK, NULL},
    {"policyd is away", false, "\n", "\n", LEVEL_CRITICAL,
	"start nearpost-policyd"},
    {"Redis is away", true, "redis=down\nasset_digest=sha256:00\n\n",
	"gateway.0=id=tyo;" LIVE "\n\n", LEVEL_CRITICAL, "Redis does not"},
    {"no asset set", true, "redis=ok\nasset_digest=\n\n",
	"gateway.0=id=tyo;" LIVE "\n\n", LEVEL_CRITICAL, "no asset set"},
    {"no gateways", true, PING, "x=1\n\n", LEVEL_CRITICAL, "no gateway"},
    {"one of two is silent", true, PING, "gateway.0=id=tyo;" LIVE "\n"
	"gateway.1=id=lon;state=silent;assets=ok;report_age_ms=95000\n\n",
	LEVEL_WARNING, "lon does not report"},
    {"how long", true, PING, "gateway.0=id=tyo;" LIVE "\n"
	"gateway.1=id=lon;state=silent;assets=ok;report_age_ms=95000\n\n",
	LEVEL_WARNING, "last report 95 s ago"},
    {"all are silent", true, PING,
	"gateway.0=id=lon;state=silent;report_age_ms=95000\n\n", LEVEL_CRITICAL,
	"no gateway is alive"},
    {"never seen", true, PING, "gateway.0=id=tyo;" LIVE "\n"
	"gateway.1=id=lon;state=dead\n\n", LEVEL_WARNING, "lon has not reported"},
    {"refuses", true, PING, "gateway.0=id=tyo;" LIVE "\n"
	"gateway.1=id=lon;state=refused;report_age_ms=1\n\n", LEVEL_WARNING,
	"is its mail server running"},
    {"drained is no fault", true, PING, "gateway.0=id=tyo;" LIVE "\n"
	"gateway.1=id=lon;state=drained;report_age_ms=1\n\n", LEVEL_OK, NULL},
    {"another asset set", true, PING,
	"gateway.0=id=tyo;state=live;assets=differ\n\n", LEVEL_WARNING,
	"lacks the asset set"},
    {"a clock behind", true, PING,
	"gateway.0=id=tyo;" LIVE ";clock_offset_ms=31000\n\n", LEVEL_WARNING,
	"-31 s off"},
    {"a clock ahead", true, PING,
	"gateway.0=id=tyo;" LIVE ";clock_offset_ms=-31000\n\n", LEVEL_WARNING,
	"31 s off"},
    {"a clock a little off", true, PING,
	"gateway.0=id=tyo;" LIVE ";clock_offset_ms=29000\n\n", LEVEL_OK, NULL},
    {"a long queue", true, PING,
	"gateway.0=id=tyo;" LIVE ";wait_ms=700000\n\n", LEVEL_WARNING,
	"12 minutes"},
    {"put off by most", true, PING,
	"gateway.0=id=tyo;" LIVE ";deferral_probability=0.6\n\n",
	LEVEL_WARNING, "events --gateway tyo"},
    {"events wait", true, "redis=ok\nasset_digest=sha256:0\n"
	"events_waiting=1001\n\n", "gateway.0=id=tyo;" LIVE "\n\n",
	LEVEL_WARNING, "1001 events wait"},
    {"an old configuration", true, "redis=ok\nasset_digest=sha256:0\n"
	"config=stale\n\n", "gateway.0=id=tyo;" LIVE "\n\n", LEVEL_WARNING,
	"nearpost-policyd -n"},
    {"an old asset set", true, "redis=ok\nasset_digest=sha256:0\n"
	"assets_error=MANIFEST.sig is bad\n\n", "gateway.0=id=tyo;" LIVE
	"\n\n", LEVEL_WARNING, "an old asset set: MANIFEST.sig is bad"},
    {"Redis refuses", true, "redis=ok\nasset_digest=sha256:0\n"
	"redis_refused=yes\n\n", "gateway.0=id=tyo;" LIVE "\n\n",
	LEVEL_WARNING, "out of memory"},
    {"most are rejected", true, "redis=ok\nasset_digest=sha256:0\n"
	"rates=minute_relayed=8;minute_put_off=2;minute_rejected=11\n\n",
	"gateway.0=id=tyo;" LIVE "\n\n", LEVEL_WARNING,
	"11 of the last minute's 21 stubs were rejected"},
    {"some are rejected", true, "redis=ok\nasset_digest=sha256:0\n"
	"rates=minute_relayed=9;minute_put_off=2;minute_rejected=11\n\n",
	"gateway.0=id=tyo;" LIVE "\n\n", LEVEL_OK, NULL},
    {"a few, and all of them", true, "redis=ok\nasset_digest=sha256:0\n"
	"rates=minute_relayed=0;minute_rejected=9\n\n",
	"gateway.0=id=tyo;" LIVE "\n\n", LEVEL_OK, NULL},
};

static void
parse(struct arena *arena, const char *text, struct policy_message *m)
{
	const char *error;
	size_t used;

	if (*text == '\n')
		return;
	ck_assert_int_eq(
	    policy_parse(arena, slice_of(text), m, &used, &error), 1);
}

START_TEST(each_fault_is_told_with_what_to_do)
{
	struct overview o = {.arena = arena_new(), .policyd_at = "unix:/x",
	    .answered = cases[_i].answered};
	bool said = cases[_i].says == NULL;

	parse(o.arena, cases[_i].ping, &o.ping);
	parse(o.arena, cases[_i].gateways, &o.gateways);
	overview_judge(&o);
	ck_assert_msg(o.level == cases[_i].level, "%s: %s", cases[_i].name,
	    overview_level_name(o.level));
	for (size_t i = 0; i < o.n_problems && cases[_i].says; i++)
		said = said || strstr(o.problems[i].text, cases[_i].says);
	ck_assert_msg(said && (o.n_problems == 0) == (cases[_i].says == NULL),
	    "%s: %s", cases[_i].name,
	    o.n_problems ? o.problems[0].text : "nothing");
	overview_free(&o);
}
END_TEST

START_TEST(gateways_are_summed_up)
{
	struct overview o = {.arena = arena_new(), .answered = true};

	parse(o.arena, "gateway.0=id=a;state=live;queue_bytes=7\n"
	    "gateway.1=id=b;state=silent;queue_bytes=5\n\n", &o.gateways);
	ck_assert_int_eq(overview_count(&o, NULL), 2);
	ck_assert_int_eq(overview_count(&o, "live"), 1);
	ck_assert_double_eq_tol(overview_sum(&o, "queue_bytes"), 12, 1e-9);
	overview_free(&o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_overview");
	TCase *t = tcase_create("ctl_overview");

	ADD_ROWS(t, each_fault_is_told_with_what_to_do, cases);
	tcase_add_test(t, gateways_are_summed_up);
	suite_add_tcase(s, t);
	return unit_main(s);
}
