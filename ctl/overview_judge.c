#include "config.h"

#include "ctl/overview.h"

#include "ctl/fleet.h"
#include "lib/base/text.h"

#define CLOCK_OFF_MS 30000     /* tickets are good for five minutes either way */
#define WAIT_LONG_MS 600000
#define DEFERRING 0.5
#define EVENTS_MANY 1000
#define REJECTED_MANY 10 /* a minute, and more than half of what was answered */

const char *
overview_level_name(enum overview_level level)
{
	static const char *const names[] = {"OK", "WARNING", "CRITICAL"};

	return names[level];
}

struct slice
overview_rates(const struct overview *o)
{
	return policy_get(&o->ping, "rates");
}

double
overview_sum(const struct overview *o, const char *field)
{
	struct slice row;
	double sum = 0;

	for (int n = 0; fleet_row(o->arena, &o->gateways, "gateway", n, &row);
	    n++)
		sum += fleet_number(row, field);
	return sum;
}

int
overview_count(const struct overview *o, const char *state)
{
	struct slice row;
	int count = 0;

	for (int n = 0; fleet_row(o->arena, &o->gateways, "gateway", n, &row);
	    n++)
		count += !state ||
		    slice_eq_str(fleet_field(row, "state"), state);
	return count;
}

static void __attribute__((format(printf, 3, 4)))
add(struct overview *o, enum overview_level level, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	if (level > o->level)
		o->level = level;
	if (o->n_problems == OVERVIEW_PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	o->problems[o->n_problems++] = (struct overview_problem){level,
	    arena_strdup(o->arena, text.data)};
	buf_free(&text);
}

static const struct {
	const char *state, *text;
} states[] = {
    {"silent", "does not report: is nearpost-agent running there, and can it "
	"reach policyd?"},
    {"dead", "has not reported since policyd runs: is nearpost-agent running "
	"there?"},
    {"refused", "refused a connection: is its mail server running?"},
};

static void
judge_state(struct overview *o, struct slice row, const char *id)
{
	struct slice state = fleet_field(row, "state");
	double age_s = fleet_number(row, "report_age_ms") / 1000;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!slice_eq_str(state, states[i].state))
			continue;
		if (fleet_field(row, "report_age_ms").len)
			add(o, LEVEL_WARNING, "%s %s (last report %.0f s ago)",
			    id, states[i].text, age_s);
		else
			add(o, LEVEL_WARNING, "%s %s", id, states[i].text);
	}
}

static void
judge_gateway(struct overview *o, struct slice row)
{
	struct slice name = fleet_field(row, "id");
	const char *id = arena_strndup(o->arena, name.data, name.len);
	bool live = slice_eq_str(fleet_field(row, "state"), "live");
	double off_ms = 0 - fleet_number(row, "clock_offset_ms");

	judge_state(o, row, id);
	if (live && !slice_eq_str(fleet_field(row, "assets"), "ok"))
		add(o, LEVEL_WARNING, "%s lacks the asset set: nearpostctl "
		    "assets status", id);
	if (live && (off_ms > CLOCK_OFF_MS || off_ms < -CLOCK_OFF_MS))
		add(o, LEVEL_WARNING, "%s has a clock that is %.0f s off: let "
		    "it follow NTP", id, off_ms / 1000);
	if (live && fleet_number(row, "wait_ms") > WAIT_LONG_MS)
		add(o, LEVEL_WARNING, "%s needs %.0f minutes for what it has: "
		    "see mailq there", id,
		    fleet_number(row, "wait_ms") / 60000);
	if (live && fleet_number(row, "deferral_probability") > DEFERRING)
		add(o, LEVEL_WARNING, "%s is put off by most servers: "
		    "nearpostctl events --gateway %s", id, id);
}

static void
judge_gateways(struct overview *o)
{
	int all = overview_count(o, NULL), live = overview_count(o, "live");
	struct slice row;

	if (all == 0)
		add(o, LEVEL_CRITICAL, "there is no gateway: add gateway "
		    "sections to nearpost.conf");
	else if (live == 0)
		add(o, LEVEL_CRITICAL, "no gateway is alive: all stubs wait");
	for (int n = 0; fleet_row(o->arena, &o->gateways, "gateway", n, &row);
	    n++)
		judge_gateway(o, row);
}

static void
judge_minute(struct overview *o)
{
	struct slice r = overview_rates(o);
	double rejected = fleet_number(r, "minute_rejected");
	double all = rejected + fleet_number(r, "minute_relayed") +
	    fleet_number(r, "minute_suppressed") +
	    fleet_number(r, "minute_put_off");

	if (rejected >= REJECTED_MANY && rejected > all / 2)
		add(o, LEVEL_WARNING, "%.0f of the last minute's %.0f stubs "
		    "were rejected: the initiator's mail log says why, of each",
		    rejected, all);
}

/* Those that policyd goes by may be older than those on the disk. */
static void
judge_files(struct overview *o)
{
	struct slice why = policy_get(&o->ping, "assets_error");

	if (policy_get(&o->ping, "config").len)
		add(o, LEVEL_WARNING, "policyd keeps an old configuration: its "
		    "log says what is wrong with nearpost.conf; "
		    "nearpost-policyd -n checks it");
	if (why.len && policy_get(&o->ping, "asset_digest").len)
		add(o, LEVEL_WARNING, "policyd keeps an old asset set: %.*s",
		    (int)why.len, why.data);
}

void
overview_judge(struct overview *o)
{
	if (!o->answered) {
		add(o, LEVEL_CRITICAL, "policyd does not answer at %s, so all "
		    "stubs wait: start nearpost-policyd; its log says why it "
		    "ended", o->policyd_at);
		return;
	}
	if (!slice_eq_str(policy_get(&o->ping, "redis"), "ok"))
		add(o, LEVEL_CRITICAL, "Redis does not answer policyd, so "
		    "stubs wait: start it; policyd.redis in nearpost.conf says "
		    "where it is");
	if (policy_get(&o->ping, "redis_refused").len)
		add(o, LEVEL_WARNING, "Redis answered policyd with an error in "
		    "the last minute, so deliveries wait at the gateways: "
		    "policyd's log has its words; is it out of memory?");
	judge_files(o);
	if (policy_get(&o->ping, "asset_digest").len == 0)
		add(o, LEVEL_CRITICAL, "policyd has no asset set, so all stubs "
		    "wait: nearpostctl assets status says why");
	if (policy_get_int(&o->ping, "events_waiting", 0, 0, INT64_MAX) >
	    EVENTS_MANY)
		add(o, LEVEL_WARNING, "%lld events wait for Redis: is it full?",
		    (long long)policy_get_int(&o->ping, "events_waiting", 0, 0,
		    INT64_MAX));
	judge_minute(o);
	judge_gateways(o);
}
