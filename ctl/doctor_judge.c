/* What is right and what is not, from the values alone; the other doctor_*.c fetch
 * them. */
#include "config.h"

#include <strings.h>

#include "ctl/doctor.h"
#include "ctl/fleet.h"
#include "lib/base/text.h"

#define CLOCK_WARN_MS 5000.0
#define CLOCK_FAIL_MS 60000.0
#define EXPIRY_WARN_DAYS 30
#define PROBES_ENOUGH 3
#define DAY_MS (24LL * 3600 * 1000)

/* "a, b c": is one of them the word?  It may stand behind a table's type and
 * directory, as in regexp:/etc/nearpost/word. */
static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *at = list;

	for (; at && (at = strstr(at, word)); at++)
		if ((at == list || strchr(", \t\n:/{", at[-1])) &&
		    (at[n] == '\0' || strchr(", \t\n}", at[n])))
			return true;
	return false;
}

void
doctor_judge_word(struct doctor *d, const char *name, const char *value,
    const char *word, const char *remedy)
{
	if (has_word(value, word))
		doctor_say(d, FINDING_OK, name, "%s", value);
	else
		doctor_say(d, FINDING_FAIL, name, "is \"%s\"; %s",
		    value ? value : "", remedy);
}

/* The first of the list, which may stand in braces with its own settings? */
static bool
is_first(const char *milters, const char *socket)
{
	const char *first = milters + strspn(milters, "{ \t\n");
	size_t n = strlen(socket);

	return strncmp(first, socket, n) == 0 &&
	    (first[n] == '\0' || strchr(", \t\n}", first[n]));
}

void
doctor_judge_milter(struct doctor *d, const char *service, const char *milters,
    const char *action, const char *socket)
{
	const char *name = arena_printf(d->arena, "%s/smtpd_milters", service);

	if (!milters) {
		doctor_say(d, FINDING_FAIL, service,
		    "no such service with smtpd_milters in master.cf; add what "
		    "nearpostctl print master prints");
		return;
	}
	if (d->gateway && has_word(milters, socket) &&
	    !is_first(milters, socket))
		doctor_say(d, FINDING_FAIL, name, "is \"%s\"; %s must be the "
		    "first: a signature made before it is the stub's, and does "
		    "not leave", milters, socket);
	else
		doctor_judge_word(d, name, milters, socket,
		    arena_printf(d->arena, "it must name %s", socket));
	name = arena_printf(d->arena, "%s/milter_default_action", service);
	if (action && strcasecmp(action, "tempfail") == 0)
		doctor_say(d, FINDING_OK, name, "tempfail");
	else
		doctor_say(d, FINDING_FAIL, name, "is \"%s\": a stub would "
		    "pass while the milter is down; set tempfail",
		    action ? action : "");
}

void
doctor_judge_size_limit(struct doctor *d, const char *value, int64_t need)
{
	int64_t limit;

	if (value && text_int(slice_of(value), 0, INT64_MAX, &limit) == 0 &&
	    (limit == 0 || limit > need))
		doctor_say(d, FINDING_OK, "message_size_limit", "%s", value);
	else
		doctor_say(d, FINDING_FAIL, "message_size_limit", "\"%s\" is not "
		    "over agent.max_advert_size (%lld): large adverts would "
		    "bounce", value ? value : "", (long long)need);
}

void
doctor_judge_expiry(struct doctor *d, const char *path, const char *cn,
    int64_t left_ms)
{
	long long days = left_ms / DAY_MS;

	if (left_ms <= 0)
		doctor_say(d, FINDING_FAIL, "certificate", "%s (%s) EXPIRED %lld "
		    "days ago; make another with nearpostctl keys", path, cn,
		    -days);
	else
		doctor_say(d, days < EXPIRY_WARN_DAYS ? FINDING_WARN :
		    FINDING_OK, "certificate", "%s (%s) is good for %lld days",
		    path, cn, days);
}

static void
judge_clock(struct doctor *d, const char *id, double offset_ms)
{
	double off = offset_ms < 0 ? -offset_ms : offset_ms;

	doctor_say(d, off > CLOCK_FAIL_MS ? FINDING_FAIL :
	    off > CLOCK_WARN_MS ? FINDING_WARN : FINDING_OK,
	    arena_printf(d->arena, "clock of %s", id), "%.1f s %s%s",
	    off / 1000, offset_ms > 0 ? "behind ours" : "ahead of ours",
	    off > CLOCK_WARN_MS ? "; run an NTP client on both" : "");
}

static void
judge_absent(struct doctor *d, const char *id, struct slice state)
{
	if (slice_eq_str(state, "drained"))
		doctor_say(d, FINDING_WARN, id, "drained by an admin; "
		    "nearpostctl gateways resume %s puts it back", id);
	else if (slice_eq_str(state, "refused"))
		doctor_say(d, FINDING_FAIL, id, "refused a connection: does its "
		    "MTA listen at the port of its gateway section?");
	else
		doctor_say(d, FINDING_FAIL, id, "%.*s: does nearpost-agent run "
		    "there, and can it reach policyd.agent_listen?",
		    (int)state.len, state.data);
}

/* A mail server or two may be away; not all of them. */
static void
judge_probes(struct doctor *d, const char *id, double probes, double failed)
{
	if (probes >= PROBES_ENOUGH && failed >= probes)
		doctor_say(d, FINDING_WARN, id, "none of the %.0f mail servers "
		    "that it probed could be reached: is its port 25 open to the "
		    "outside, and does its DNS answer?  nearpostctl doctor there "
		    "says more", probes);
}

void
doctor_judge_gateway(struct doctor *d, struct slice row)
{
	struct slice field = fleet_field(row, "id");
	const char *id = arena_strndup(d->arena, field.data, field.len);

	if (!slice_eq_str(fleet_field(row, "live"), "yes")) {
		judge_absent(d, id, fleet_field(row, "state"));
		return;
	}
	doctor_say(d, FINDING_OK, id, "live, last report %.1f s ago",
	    fleet_number(row, "report_age_ms") / 1000);
	if (slice_eq_str(fleet_field(row, "assets"), "ok"))
		doctor_say(d, FINDING_OK, id, "holds our asset set");
	else
		doctor_say(d, FINDING_FAIL, id, "does not hold our asset set, so "
		    "it is not chosen; copy the set there and reload the agent "
		    "(nearpostctl assets status)");
	judge_clock(d, id, fleet_number(row, "clock_offset_ms"));
	judge_probes(d, id, fleet_number(row, "probes"),
	    fleet_number(row, "probes_failed"));
}

void
doctor_judge_reload(struct doctor *d, struct slice row, struct slice fault)
{
	struct slice id = fleet_field(row, "id");

	if (fault.len && slice_eq_str(fleet_field(row, "state"), "live"))
		doctor_say(d, FINDING_WARN,
		    arena_strndup(d->arena, id.data, id.len),
		    "its last reload: %.*s", (int)fault.len, fault.data);
}

void
doctor_judge_eviction(struct doctor *d, const char *policy)
{
	static const char name[] = "Redis maxmemory-policy";

	if (!policy)
		doctor_say(d, FINDING_WARN, name,
		    "cannot be read; it must be noeviction");
	else if (strcasecmp(policy, "noeviction") == 0)
		doctor_say(d, FINDING_OK, name, "%s", policy);
	else
		doctor_say(d, FINDING_FAIL, name, "%s would throw away "
		    "recipients and suppressions; set noeviction", policy);
}
