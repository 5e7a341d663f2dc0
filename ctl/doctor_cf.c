/* sendmail.cf as it is against what print would have it include.  m4 copies rules
 * as they are, so each must be a line of sendmail.cf; the daemon and the filter, on
 * which all hangs, are looked at by their settings. */
#include "config.h"

#include <ctype.h>

#include "ctl/doctor.h"

#define DAEMONS "O DaemonPortOptions="

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

/* Sendmail goes by the first letter alone. */
static struct slice
daemon_setting(struct slice list, char letter)
{
	struct slice item, key;

	while (slice_split(&list, ',', &item)) {
		item = slice_trim(item);
		if (slice_split(&item, '=', &key) && key.len &&
		    toupper((unsigned char)key.data[0]) == letter)
			return slice_trim(item);
	}
	return (struct slice){"", 0};
}

static const char *
daemon_text(struct doctor *d, struct slice list, char letter,
    const char *otherwise)
{
	struct slice s = daemon_setting(list, letter);

	return s.len ? arena_strndup(d->arena, s.data, s.len) : otherwise;
}

bool
doctor_cf_daemon(struct doctor *d, struct slice *cf,
    struct doctor_daemon *out_r)
{
	struct slice line;
	bool inet6;

	while (slice_split(cf, '\n', &line)) {
		if (!starts(line, DAEMONS))
			continue;
		line.data += strlen(DAEMONS);
		line.len -= strlen(DAEMONS);
		inet6 = slice_eq_str(daemon_setting(line, 'F'), "inet6");
		out_r->port = daemon_text(d, line, 'P', "smtp");
		out_r->name = daemon_text(d, line, 'N', out_r->port);
		out_r->host = daemon_text(d, line, 'A', inet6 ? "::1" :
		    "127.0.0.1");
		out_r->everywhere = !daemon_setting(line, 'A').len;
		/* M=s: TLS from the first octet on. */
		out_r->tls = strchr(daemon_text(d, line, 'M', ""), 's') != NULL;
		return true;
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

/* The settings of daemon nearpost. */
static bool
our_daemon(struct slice cf, struct slice *settings_r)
{
	struct slice line, name;

	while (slice_split(&cf, '\n', &line)) {
		if (!starts(line, DAEMONS))
			continue;
		line.data += strlen(DAEMONS);
		line.len -= strlen(DAEMONS);
		if (setting(line, "Name", &name) &&
		    slice_eq_str(name, "nearpost")) {
			*settings_r = line;
			return true;
		}
	}
	return false;
}

const char *
doctor_cf_filters(struct doctor *d, struct slice cf)
{
	struct slice line, names, name, filter, socket, flag;
	const char *list = "";

	if (!our_daemon(cf, &line) || !setting(line, "InputFilter", &names))
		return list;
	while (slice_split(&names, ';', &name))
		if (find(cf, arena_printf(d->arena, "X%.*s,", (int)name.len,
		    name.data), &filter) && setting(filter, "S", &socket))
			list = arena_printf(d->arena,
			    setting(filter, "F", &flag) ? "%s %.*s" :
			    "%s { %.*s, default_action=accept }", list,
			    (int)socket.len, socket.data);
	return list;
}

/* Ours is asked first: what others did before would be lost, or leak. */
static void
judge_daemon(struct doctor *d, struct slice cf)
{
	struct slice line, filters = {"", 0}, first, port = {"", 0};

	if (!our_daemon(cf, &line)) {
		doctor_say(d, FINDING_FAIL, "daemon", "sendmail.cf has no daemon "
		    "nearpost, where stubs enter");
		return;
	}
	(void)setting(line, "Port", &port);
	if (setting(line, "InputFilter", &filters) &&
	    slice_split(&filters, ';', &first) && slice_eq_str(first, "nearpost"))
		doctor_say(d, FINDING_OK, "daemon", "port %.*s", (int)port.len,
		    port.data);
	else
		doctor_say(d, FINDING_FAIL, "daemon", "its InputFilter must begin "
		    "with nearpost");
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

/* Those of mail with a priority, too. */
void
doctor_judge_cf_lifetime(struct doctor *d, struct slice cf, int64_t ticket_ms)
{
	static const char prefix[] = "O Timeout.queuereturn";
	struct slice line, name;
	int n = 0;

	while (slice_split(&cf, '\n', &line)) {
		if (!starts(line, prefix) || !slice_split(&line, '=', &name) ||
		    slice_eq_str(name, "O Timeout.queuereturn.dsn"))
			continue;
		doctor_judge_lifetime(d, arena_strndup(d->arena, name.data + 2,
		    name.len - 2), arena_strndup(d->arena, line.data, line.len),
		    ticket_ms);
		n++;
	}
	if (n == 0) /* Sendmail's own default */
		doctor_judge_lifetime(d, "Timeout.queuereturn", "5d", ticket_ms);
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
