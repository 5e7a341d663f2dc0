/* master.cf as it is against what print would write.  The services' own options
 * keep stubs from leaking (no bcc, no filter, a cleanup of their own), so one
 * that was lost is as bad as a service that was. */
#include "config.h"

#include "ctl/doctor.h"

/* Different, these send a stub to the wrong place, or show the relay domain to
 * a recipient; the others an admin may have changed for a reason. */
static const char *const vital[] = {"cleanup_service_name", "header_checks",
    "always_bcc", "sender_bcc_maps", "recipient_bcc_maps", "virtual_alias_maps",
    "canonical_maps", "recipient_canonical_maps", "content_filter",
    "smtpd_proxy_filter", "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions", "smtp_tls_security_level",
    "smtp_generic_maps", "smtp_reply_filter", "non_smtpd_milters"};
/* doctor_judge_milter looks at these two. */
static const char *const judged[] = {"smtpd_milters", "milter_default_action"};
#define N(list) (sizeof(list) / sizeof((list)[0]))

static bool
is_one_of(struct slice name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq_str(name, list[i]))
			return true;
	return false;
}

/* "name = value": both, trimmed. */
static void
split_setting(struct slice setting, struct slice *name_r, struct slice *value_r)
{
	struct slice name = {"", 0};

	*value_r = (struct slice){"", 0};
	if (slice_split(&setting, '=', &name))
		*value_r = slice_trim(setting);
	*name_r = slice_trim(name);
}

/* "  -o name=value" or "  -o { name = value }" */
static bool
option_of(struct slice line, struct slice *name_r, struct slice *value_r)
{
	struct slice s = slice_trim(line);

	if (line.len == 0 || line.data[0] != ' ' || s.len < 3 ||
	    memcmp(s.data, "-o ", 3) != 0)
		return false;
	s = slice_trim((struct slice){s.data + 3, s.len - 3});
	if (s.len >= 2 && s.data[0] == '{' && s.data[s.len - 1] == '}')
		s = slice_trim((struct slice){s.data + 1, s.len - 2});
	split_setting(s, name_r, value_r);
	return true;
}

/* The value of service/type/name in what postconf -P says. */
static bool
find(struct slice have, const char *key, struct slice *value_r)
{
	struct slice line, name;

	while (slice_split(&have, '\n', &line)) {
		split_setting(line, &name, value_r);
		if (slice_eq_str(name, key))
			return true;
	}
	return false;
}

static bool
has_service(struct slice have, const char *service)
{
	size_t n = strlen(service);
	struct slice line;

	while (slice_split(&have, '\n', &line))
		if (line.len > n && memcmp(line.data, service, n) == 0 &&
		    line.data[n] == '/')
			return true;
	return false;
}

/* "25 inet n - ..." is the service 25/inet; NULL: no such line. */
static const char *
service_of(struct arena *arena, struct slice line)
{
	struct slice name, type;

	if (line.len == 0 || strchr("# \t", line.data[0]) ||
	    !slice_split(&line, ' ', &name) || !slice_split(&line, ' ', &type))
		return NULL;
	return arena_printf(arena, "%.*s/%.*s", (int)name.len, name.data,
	    (int)type.len, type.data);
}

/* Does the option stand there as printed? */
static bool
judge_option(struct doctor *d, struct slice have, const char *service,
    struct slice name, struct slice want)
{
	const char *key = arena_printf(d->arena, "%s/%.*s", service,
	    (int)name.len, name.data);
	struct slice value;
	bool there = find(have, key, &value);

	if (!there)
		value = (struct slice){"", 0};
	if ((there && slice_eq(value, want)) ||
	    is_one_of(name, judged, N(judged)))
		return true;
	doctor_say(d, is_one_of(name, vital, N(vital)) ? FINDING_FAIL :
	    FINDING_WARN, key, "is %s%.*s%s; nearpostctl print master says "
	    "\"%.*s\"", there ? "\"" : "not set", (int)value.len, value.data,
	    there ? "\"" : "", (int)want.len, want.data);
	return false;
}

/* The options that follow; the first line that is none stays in *want. */
static void
judge_service(struct doctor *d, struct slice have, const char *service,
    struct slice *want)
{
	struct slice rest = *want, line, name, value;
	bool there = has_service(have, service), right = true;

	while (slice_split(&rest, '\n', &line) &&
	    option_of(line, &name, &value)) {
		*want = rest;
		if (there)
			right &= judge_option(d, have, service, name, value);
	}
	if (!there)
		doctor_say(d, FINDING_FAIL, service, "not in master.cf; add what "
		    "nearpostctl print master prints");
	else if (right)
		doctor_say(d, FINDING_OK, service,
		    "as nearpostctl print master says");
}

void
doctor_judge_master(struct doctor *d, struct slice want, struct slice have)
{
	struct slice line;
	const char *service;

	while (slice_split(&want, '\n', &line)) {
		service = service_of(d->arena, line);
		if (service)
			judge_service(d, have, service, &want);
	}
}
