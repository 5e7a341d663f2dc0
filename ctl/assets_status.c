#include "config.h"

#include "ctl/assets_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ctl/fleet.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/fleet/report.h"
#include "lib/mail/manifest.h"

#define SHORT 8 /* digits of a digest, for people */

static const struct {
	const char *name, *text; /* for programs, for people */
} verdicts[] = {
    [ASSETS_OK] = {"ok", "ok"},
    [ASSETS_LACKS] = {"lacks", "lacks it"},
    [ASSETS_FAILED] = {"failed", "FAILED"},
    [ASSETS_SILENT] = {"silent", "silent"},
};

static bool
is_live(struct slice row)
{
	return slice_eq_str(fleet_field(row, "state"), "live");
}

static bool
is_silent(struct slice row)
{
	struct slice state = fleet_field(row, "state");

	return slice_eq_str(state, "silent") || slice_eq_str(state, "dead") ||
	    fleet_field(row, "report_age_ms").len == 0;
}

enum assets_verdict
assets_judge(struct slice row, struct slice fault, const char *wanted)
{
	struct slice sets = fleet_field(row, "sets"), one;

	if (is_silent(row))
		return ASSETS_SILENT;
	while (slice_split(&sets, ',', &one))
		if (slice_eq_str(one, wanted))
			return ASSETS_OK;
	return fault.len ? ASSETS_FAILED : ASSETS_LACKS;
}

/* "*1a2b3c4d 5e6f7a8b": the wanted one has a star. */
static void
add_short(struct buf *out, struct slice row, const char *wanted)
{
	struct slice sets = fleet_field(row, "sets"), one;
	size_t start = out->len;

	while (slice_split(&sets, ',', &one)) {
		if (!report_digest_ok(one))
			continue;
		buf_printf(out, "%s%s%.*s", out->len > start ? " " : "",
		    slice_eq_str(one, wanted) ? "*" : "", SHORT,
		    one.data + strlen("sha256:"));
	}
	if (out->len == start)
		buf_add_char(out, '-');
}

static void
add_line(struct buf *out, struct slice row, struct slice fault,
    const char *wanted)
{
	struct slice id = fleet_field(row, "id");
	struct slice state = fleet_field(row, "state");
	double since_ms = fleet_number(row, "since_ms");
	enum assets_verdict v = assets_judge(row, fault, wanted);
	char since[32] = "-";
	struct buf sets = {0};

	if (since_ms > 0)
		clock_minute(since, sizeof(since), (int64_t)since_ms);
	add_short(&sets, row, wanted);
	buf_printf(out, "%-16.*s %-9s %-28s %-16s ", (int)id.len, id.data,
	    verdicts[v].text, sets.data, since);
	if (fleet_field(row, "report_age_ms").len)
		buf_printf(out, "%6.1f s ago",
		    fleet_number(row, "report_age_ms") / 1000);
	else
		buf_add_str(out, "   none yet");
	if (!is_live(row))
		buf_printf(out, "  %.*s", (int)state.len, state.data);
	buf_add_char(out, '\n');
	if (fault.len)
		buf_printf(out, "    %.*s\n", (int)fault.len, fault.data);
	buf_free(&sets);
}

static void
add_table(struct arena *arena, const struct policy_message *m,
    const char *ours, const char *wanted, struct buf *out)
{
	struct slice fault = policy_get(m, "error"), row;
	int n;

	buf_printf(out, "the initiator's set: %s\n", *ours ? ours : "none");
	if (strcmp(ours, wanted) != 0)
		buf_printf(out, "the set asked for:   %s\n", wanted);
	if (fault.len)
		buf_printf(out, "    the initiator's last reload: %.*s\n",
		    (int)fault.len, fault.data);
	buf_add_str(out, "gateway          verdict   sets, the newest first      "
	                 "since (UTC)      report\n");
	for (n = 0; fleet_row(arena, m, "gateway", n, &row); n++)
		add_line(out, row, fleet_text(arena, m, "error", n), wanted);
	if (n == 0)
		buf_add_str(out, "none; add gateway sections to nearpost.conf\n");
}

static void
add_number(struct json *at, struct slice row, const char *name)
{
	if (fleet_field(row, name).len)
		json_add_int(at, name, (int64_t)fleet_number(row, name));
}

static void
add_object(struct json *list, struct slice row, struct slice fault,
    const char *wanted)
{
	struct slice sets = fleet_field(row, "sets"), one;
	struct json *g = json_add_object(list, NULL), *held;

	json_add_text(g, "id", fleet_field(row, "id"));
	json_add_text(g, "state", fleet_field(row, "state"));
	json_add_text(g, "verdict",
	    slice_of(verdicts[assets_judge(row, fault, wanted)].name));
	if (fault.len)
		json_add_text(g, "error", fault);
	add_number(g, row, "since_ms");
	add_number(g, row, "report_age_ms");
	held = json_add_list(g, "sets");
	while (slice_split(&sets, ',', &one))
		json_add_text(held, NULL, one);
}

static void
add_json(struct arena *arena, const struct policy_message *m,
    const char *ours, const char *wanted, bool good, struct buf *out)
{
	struct json *root = json_begin(), *list;
	struct slice fault = policy_get(m, "error"), row;
	int n;

	json_add_text(root, "initiator", slice_of(ours));
	if (fault.len)
		json_add_text(root, "error", fault);
	json_add_text(root, "wanted", slice_of(wanted));
	json_add_bool(root, "ok", good);
	list = json_add_list(root, "gateways");
	for (n = 0; fleet_row(arena, m, "gateway", n, &row); n++)
		add_object(list, row, fleet_text(arena, m, "error", n), wanted);
	json_end(&root, out);
}

bool
assets_status_show(struct arena *arena, const struct policy_message *m,
    const char *wanted, bool json, struct buf *out)
{
	const char *ours = policy_get_str(arena, m, "asset_digest");
	struct slice row;
	int n, live = 0, lacking = 0;
	bool good;

	if (!wanted)
		wanted = ours;
	for (n = 0; fleet_row(arena, m, "gateway", n, &row); n++) {
		struct slice fault = fleet_text(arena, m, "error", n);

		if (!is_live(row))
			continue;
		live++;
		lacking += assets_judge(row, fault, wanted) != ASSETS_OK;
	}
	good = live > 0 && lacking == 0;
	if (json)
		add_json(arena, m, ours, wanted, good, out);
	else
		add_table(arena, m, ours, wanted, out);
	return good;
}

/* NULL after having said why. */
static const char *
digest_of(struct arena *arena, const char *which)
{
	struct manifest *m;
	char *error = NULL;
	const char *digest;

	if (report_digest_ok(slice_of(which)))
		return which;
	m = manifest_load(which, &error);
	if (!m) {
		log_warnx("%s", error);
		free(error);
		return NULL;
	}
	digest = arena_strdup(arena, m->digest);
	manifest_free(&m);
	return digest;
}

int
assets_status(struct ctl *ctl, const char *which, bool json)
{
	struct arena *arena = arena_new();
	const char *wanted = which ? digest_of(arena, which) : NULL;
	struct policy_message m;
	struct buf out = {0};
	int status = EX_DATAERR;

	if (which && !wanted)
		goto out;
	status = EX_UNAVAILABLE;
	if (fleet_ask(ctl, arena, "assets", &m) != 0)
		goto out;
	status = assets_status_show(arena, &m, wanted, json, &out) ? EX_OK : 1;
	(void)fwrite(out.data, 1, out.len, stdout);
out:
	buf_free(&out);
	arena_free(&arena);
	return status;
}
