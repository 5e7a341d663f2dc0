#include "lib/fleet/report.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/header.h"

/* A petabyte counter and a year of queue are mistakes, not gateways. */
#define COUNT_MAX ((int64_t)1 << 50)
#define WALL_MS_MAX ((int64_t)1 << 53)
#define RTT_US_MAX (INT64_C(60) * 1000000)
#define AGE_MS_MAX (INT64_C(24) * 3600 * 1000)
#define HOST_MAX 253

#define COUNTER(name, max) {#name, offsetof(struct report, name), max}
static const struct counter {
	const char *name;
	size_t offset;
	int64_t max;
} counters[] = {
    COUNTER(seq, COUNT_MAX),
    COUNTER(now_ms, WALL_MS_MAX),
    COUNTER(queue_bytes, COUNT_MAX),
    COUNTER(queue_messages, COUNT_MAX),
    COUNTER(in_flight, 1000000),
    COUNTER(accepted_bytes, COUNT_MAX),
    COUNTER(accepted_messages, COUNT_MAX),
    COUNTER(sent_bytes, COUNT_MAX),
};
#define N_COUNTERS (sizeof(counters) / sizeof(counters[0]))

bool
report_digest_ok(struct slice s)
{
	size_t i;

	if (s.len != REPORT_DIGEST_SIZE - 1 ||
	    memcmp(s.data, "sha256:", 7) != 0)
		return false;
	for (i = 7; i < s.len; i++)
		if (!memchr("0123456789abcdef", s.data[i], 16))
			return false;
	return true;
}

static void
copy(char *dst, struct slice s)
{
	memcpy(dst, s.data, s.len);
	dst[s.len] = '\0';
}

void
hello_write(struct buf *out, const struct hello *h)
{
	policy_addf(out, "version", "%" PRId64, h->version);
	policy_add_str(out, "id", h->id);
	if (h->asset_digest[0])
		policy_add_str(out, "asset_digest", h->asset_digest);
	if (h->uplink_mbit > 0)
		policy_addf(out, "uplink_mbit", "%" PRId64, h->uplink_mbit);
	if (h->report_interval_ms > 0)
		policy_addf(out, "report_interval_ms", "%" PRId64,
		    h->report_interval_ms);
	if (h->probe_rate >= 0)
		policy_addf(out, "probe_rate", "%" PRId64, h->probe_rate);
}

int
hello_parse(const struct policy_message *m, struct hello *out_r,
    const char **error_r)
{
	struct slice id = policy_get(m, "id");
	struct slice digest = policy_get(m, "asset_digest");
	struct slice uplink = policy_get(m, "uplink_mbit");
	struct slice interval = policy_get(m, "report_interval_ms");
	struct slice rate = policy_get(m, "probe_rate");

	*out_r = (struct hello){.probe_rate = -1};
	*error_r = "version is missing or not 1";
	if (text_int(policy_get(m, "version"), REPORT_VERSION, REPORT_VERSION,
		&out_r->version) != 0)
		return -1;
	*error_r = "id is not 1 to 16 of a-z and 0-9";
	if (!address_id_ok(id))
		return -1;
	copy(out_r->id, id);
	*error_r = "asset_digest is not sha256: and 64 hex digits";
	if (digest.len) {
		if (!report_digest_ok(digest))
			return -1;
		copy(out_r->asset_digest, digest);
	}
	*error_r = "uplink_mbit is out of 0 .. 10,000,000";
	if (uplink.len &&
	    text_int(uplink, 0, 10000000, &out_r->uplink_mbit) != 0)
		return -1;
	*error_r = "report_interval_ms is out of 100 .. 60,000";
	if (interval.len &&
	    text_int(interval, REPORT_INTERVAL_MIN_MS, REPORT_INTERVAL_MAX_MS,
		&out_r->report_interval_ms) != 0)
		return -1;
	*error_r = "probe_rate is out of 0 .. 1000";
	if (rate.len && text_int(rate, 0, REPORT_PROBE_RATE_MAX,
			    &out_r->probe_rate) != 0)
		return -1;
	*error_r = NULL;
	return 0;
}

/* Whole characters only: 10xxxxxx is the inside of one. */
static size_t
cut_utf8(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

void
report_assets_error(struct report *r, const char *text)
{
	static const char more[] = "...";
	const size_t room = sizeof(r->assets_error) - sizeof(more);
	struct buf clean = {0};
	size_t len, i;

	buf_add_str(&clean, "");
	header_repair(&clean, slice_of(text));
	for (i = 0; i < clean.len; i++)
		if ((unsigned char)clean.data[i] < ' ' || clean.data[i] == 0x7f)
			clean.data[i] = ' ';
	len = cut_utf8(clean.data, clean.len, room);
	(void)snprintf(r->assets_error, sizeof(r->assets_error), "%.*s%s",
	    (int)len, clean.data, len < clean.len ? more : "");
	buf_free(&clean);
}

void
report_write(struct buf *out, const struct report *r)
{
	size_t i;
	int k;

	for (i = 0; i < N_COUNTERS; i++) {
		int64_t value;

		memcpy(&value, (const char *)r + counters[i].offset,
		    sizeof(value));
		policy_addf(out, counters[i].name, "%" PRId64, value);
	}
	if (r->round_ms >= 0)
		policy_addf(out, "round_ms", "%" PRId64, r->round_ms);
	policy_addf(out, "cpu", "%.3f", r->cpu);
	if (r->n_digests > 0) {
		struct buf list = {0};

		for (k = 0; k < r->n_digests; k++)
			buf_printf(&list, "%s%s", k ? "," : "", r->digests[k]);
		policy_add(out, "assets", slice_buf(&list));
		buf_free(&list);
	}
	if (r->assets_since_ms > 0)
		policy_addf(out, "assets_since_ms", "%" PRId64,
		    r->assets_since_ms);
	if (r->assets_error[0])
		policy_add_str(out, "assets_error", r->assets_error);
	doings_write(out, &r->doings);
	for (k = 0; k < r->n_rtt; k++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "rtt.%d", k);
		policy_addf(out, name, "%s %" PRId64 " %" PRId64,
		    r->rtt[k].host, r->rtt[k].us, r->rtt[k].age_ms);
	}
}

static bool
host_ok(struct slice s)
{
	size_t i;

	if (s.len == 0 || s.len > HOST_MAX)
		return false;
	for (i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '-' || c == '_'))
			return false;
	}
	return true;
}

static int
parse_rtt(struct arena *arena, struct slice value, struct report_rtt *out_r)
{
	struct slice rest = value, host, us, age;

	if (!slice_split(&rest, ' ', &host) || !slice_split(&rest, ' ', &us) ||
	    !slice_split(&rest, ' ', &age) || rest.len)
		return -1;
	if (!host_ok(host) || text_int(us, 1, RTT_US_MAX, &out_r->us) != 0 ||
	    text_int(age, 0, AGE_MS_MAX, &out_r->age_ms) != 0)
		return -1;
	out_r->host = arena_strndup(arena, host.data, host.len);
	return 0;
}

static int
parse_counters(const struct policy_message *m, struct report *out_r)
{
	size_t i;

	for (i = 0; i < N_COUNTERS; i++) {
		int64_t value;

		if (text_int(policy_get(m, counters[i].name), 0,
			counters[i].max, &value) != 0)
			return -1;
		memcpy((char *)out_r + counters[i].offset, &value,
		    sizeof(value));
	}
	return text_double(policy_get(m, "cpu"), 0, 1, &out_r->cpu);
}

static int
parse_assets(const struct policy_message *m, struct report *out_r,
    const char **error_r)
{
	struct slice rest = policy_get(m, "assets"), part;
	struct slice since = policy_get(m, "assets_since_ms");
	struct slice fault = policy_get(m, "assets_error");

	*error_r = "assets is not a short list of sha256: digests";
	while (slice_split(&rest, ',', &part)) {
		if (!report_digest_ok(part) ||
		    out_r->n_digests == REPORT_SETS_MAX)
			return -1;
		copy(out_r->digests[out_r->n_digests++], part);
	}
	*error_r = "assets_since_ms is no time";
	if (since.len && text_int(since, 0, WALL_MS_MAX,
	        &out_r->assets_since_ms) != 0)
		return -1;
	*error_r = "assets_error is too long, no UTF-8, or has control characters";
	if (fault.len >= sizeof(out_r->assets_error) || !text_is_utf8(fault) ||
	    text_has_control(fault))
		return -1;
	if (fault.len)
		copy(out_r->assets_error, fault);
	return 0;
}

int
report_parse(struct arena *arena, const struct policy_message *m,
    struct report *out_r, const char **error_r)
{
	struct slice round = policy_get(m, "round_ms");
	size_t i;

	*out_r = (struct report){.round_ms = -1};
	*error_r = "round_ms is out of 0 .. 600,000";
	if (round.len &&
	    text_int(round, 0, REPORT_ROUND_MAX_MS, &out_r->round_ms) != 0)
		return -1;
	*error_r = "a count of the report is missing, negative or absurd";
	if (parse_counters(m, out_r) != 0)
		return -1;
	if (parse_assets(m, out_r, error_r) != 0)
		return -1;
	doings_read(m, &out_r->doings);
	out_r->rtt = arena_alloc(arena, REPORT_RTT_MAX * sizeof(*out_r->rtt));
	for (i = 0; i < m->n; i++) {
		struct slice name = m->attrs[i].name;

		if (name.len < 4 || memcmp(name.data, "rtt.", 4) != 0)
			continue;
		*error_r = "more rtt samples than REPORT_RTT_MAX";
		if (out_r->n_rtt == REPORT_RTT_MAX)
			return -1;
		*error_r = "rtt is not: host microseconds age_ms";
		if (parse_rtt(arena, m->attrs[i].value,
			&out_r->rtt[out_r->n_rtt]) != 0)
			return -1;
		out_r->n_rtt++;
	}
	*error_r = NULL;
	return 0;
}

void
report_probes_write(struct buf *out, const struct report_probes *p)
{
	char name[32];
	int i;

	if (p->n > 0 && p->interval_ms > 0)
		policy_addf(out, "probe_interval_ms", "%" PRId64,
		    p->interval_ms);
	for (i = 0; i < p->n; i++) {
		(void)snprintf(name, sizeof(name), "probe.%d", i);
		policy_add_str(out, name, p->list[i].host);
		(void)snprintf(name, sizeof(name), "probe_site.%d", i);
		if (p->list[i].site)
			policy_add_str(out, name, p->list[i].site);
	}
}

/* Numbers may be missing, attributes come in any order. */
void
report_probes_read(struct arena *arena, const struct policy_message *m,
    struct report_probes *out_r)
{
	char name[32];
	int i;

	*out_r = (struct report_probes){0};
	if (text_int(policy_get(m, "probe_interval_ms"), 1,
		REPORT_PROBE_INTERVAL_MAX_MS, &out_r->interval_ms) != 0)
		out_r->interval_ms = 0;
	for (i = 0; i < REPORT_PROBES_MAX; i++) {
		struct report_probe *p = &out_r->list[out_r->n];
		struct slice host, site;

		(void)snprintf(name, sizeof(name), "probe.%d", i);
		host = policy_get(m, name);
		/* Else a report with its round trip would be refused. */
		if (!host_ok(host))
			continue;
		(void)snprintf(name, sizeof(name), "probe_site.%d", i);
		site = policy_get(m, name);
		p->host = arena_strndup(arena, host.data, host.len);
		if (host_ok(site))
			p->site = arena_strndup(arena, site.data, site.len);
		out_r->n++;
	}
}
