/* sendmail.cf as it is against what print would have it include.  m4 copies rules
 * as they are, so each must be a line of sendmail.cf; the daemon and the filter, on
 * which all hangs, are looked at by their settings. */
#include "config.h"

#include "ctl/doctor.h"

static bool
starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.data, prefix, n) == 0;
}

/* The line that begins so, without that; false: there is none. */
static bool
find(struct slice cf, const char *prefix, struct slice *rest_r)
{
	struct slice line;
	size_t n = strlen(prefix);

	while (slice_split(&cf, '\n', &line))
		if (starts(line, prefix)) {
			*rest_r = (struct slice){line.data + n, line.len - n};
			return true;
		}
	return false;
}

/* "Name=x, Port=25": the value of one of them. */
static bool
setting(struct slice list, const char *name, struct slice *value_r)
{
	struct slice item, key;

	while (slice_split(&list, ',', &item)) {
		item = slice_trim(item);
		if (slice_split(&item, '=', &key) && slice_eq_str(key, name)) {
			*value_r = item;
			return true;
		}
	}
	return false;
}

static void
judge_filter(struct doctor *d, struct slice cf, const char *listen)
{
	struct slice filter, socket = {"", 0}, flag;

	if (!find(cf, "Xnearpost,", &filter))
		doctor_say(d, FINDING_FAIL, "filter", "sendmail.cf has no filter "
		    "nearpost; include sendmail.m4 in sendmail.mc, make "
		    "sendmail.cf of it and restart Sendmail");
	else if (!setting(filter, "S", &socket) ||
	    !slice_eq_str(socket, listen))
		doctor_say(d, FINDING_FAIL, "filter", "its socket is \"%.*s\", "
		    "not %s; run nearpostctl print tables --sendmail and make "
		    "sendmail.cf anew", (int)socket.len, socket.data, listen);
	else if (!setting(filter, "F", &flag) || !slice_eq_str(flag, "T"))
		doctor_say(d, FINDING_FAIL, "filter", "without F=T a stub would "
		    "pass while the milter is down");
	else
		doctor_say(d, FINDING_OK, "filter", "%s, F=T", listen);
}

/* Ours is asked first: what others did before would be lost, or leak. */
static void
judge_daemon(struct doctor *d, struct slice cf)
{
	static const char prefix[] = "O DaemonPortOptions=";
	struct slice line, name, filters = {"", 0}, first, port = {"", 0};

	while (slice_split(&cf, '\n', &line)) {
		if (!starts(line, prefix))
			continue;
		line.data += strlen(prefix);
		line.len -= strlen(prefix);
		if (!setting(line, "Name", &name) ||
		    !slice_eq_str(name, "nearpost"))
			continue;
		(void)setting(line, "Port", &port);
		if (setting(line, "InputFilter", &filters) &&
		    slice_split(&filters, ';', &first) &&
		    slice_eq_str(first, "nearpost"))
			doctor_say(d, FINDING_OK, "daemon", "port %.*s",
			    (int)port.len, port.data);
		else
			doctor_say(d, FINDING_FAIL, "daemon", "its InputFilter "
			    "must begin with nearpost");
		return;
	}
	doctor_say(d, FINDING_FAIL, "daemon", "sendmail.cf has no daemon "
	    "nearpost, where stubs enter");
}

/* One that m4 copies: the others are for m4 itself. */
static bool
is_copied(struct slice line)
{
	return line.len && (strchr("SRCHK\t", line.data[0]) ||
	    starts(line, "Mnearpost"));
}

static bool
has_line(struct slice cf, struct slice wanted)
{
	struct slice line;

	while (slice_split(&cf, '\n', &line))
		if (slice_eq(line, wanted))
			return true;
	return false;
}

void
doctor_judge_cf(struct doctor *d, struct slice want, struct slice cf,
    const char *listen)
{
	struct slice line;
	bool rules = false;

	judge_filter(d, cf, listen);
	judge_daemon(d, cf);
	while (slice_split(&want, '\n', &line)) {
		/* In front of it are definitions. */
		rules = rules || slice_eq_str(line, "LOCAL_CONFIG");
		if (!rules || !is_copied(line) || has_line(cf, line))
			continue;
		doctor_say(d, FINDING_FAIL, "sendmail.cf", "lacks \"%.*s\": run "
		    "nearpostctl print tables --sendmail, make sendmail.cf "
		    "anew and restart Sendmail", (int)line.len, line.data);
		return;
	}
	doctor_say(d, FINDING_OK, "sendmail.cf", "has our rules");
}
