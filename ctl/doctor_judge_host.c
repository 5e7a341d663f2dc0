/* Judgements about this host alone: who may use a socket, whose certificate it
 * has, how long mail may wait. */
#include "config.h"

#include "ctl/doctor.h"
#include "lib/base/text.h"

#define SECOND_MS INT64_C(1000)
#define DAY_MS (24 * 3600 * SECOND_MS)

static bool
has_group(const struct doctor_user *u, gid_t gid)
{
	for (int i = 0; i < u->n_groups; i++)
		if (u->groups[i] == gid)
			return true;
	return false;
}

/* bit: 4, 2 or 1, as in a mode.  The first of owner, group and others that fits
 * decides, as in the kernel. */
static bool
may(const struct stat *st, const struct doctor_user *u, unsigned bit)
{
	if (u->uid == 0)
		return true;
	if (st->st_uid == u->uid)
		return st->st_mode & bit << 6;
	if (has_group(u, st->st_gid))
		return st->st_mode & bit << 3;
	return st->st_mode & bit;
}

bool
doctor_judge_way(struct doctor *d, const char *what, const char *dir,
    const struct stat *st, const struct doctor_user *user)
{
	if (may(st, user, 1))
		return true;
	doctor_say(d, FINDING_FAIL, what, "user %s of the MTA cannot pass %s "
	    "(mode %04o), where the socket is: every stub would wait; chmod "
	    "a+x %s", user->name, dir, (unsigned)st->st_mode & 07777, dir);
	return false;
}

void
doctor_judge_socket(struct doctor *d, const char *what, const char *setting,
    const char *path, const struct stat *st, const struct doctor_user *user)
{
	unsigned mode = (unsigned)st->st_mode & 07777;

	if (!may(st, user, 2))
		doctor_say(d, FINDING_FAIL, what, "user %s of the MTA may not use "
		    "%s (mode %04o): every stub would wait; name a group of his "
		    "in %s.socket_group and start the program again", user->name,
		    path, mode, setting);
	else if (mode & 02)
		doctor_say(d, FINDING_WARN, what, "everybody on this host may use "
		    "%s (mode %04o) and pass for the MTA; %s in %s.socket_group "
		    "and start the program again", path, mode, user->uid ?
		    "name the MTA's group" : "have \"\"", setting);
	else
		doctor_say(d, FINDING_OK, what, "mode %04o, for user %s", mode,
		    user->name);
}

void
doctor_judge_owner(struct doctor *d, const char *path, const char *cn,
    const char *id)
{
	if (strcmp(cn, id) == 0)
		doctor_say(d, FINDING_OK, "certificate", "%s is this gateway's",
		    path);
	else
		doctor_say(d, FINDING_FAIL, "certificate", "%s is that of \"%s\", "
		    "and agent.id is \"%s\": policyd would turn its reports away; "
		    "put here what nearpostctl keys host %s makes on the "
		    "initiator", path, cn, id, id);
}

/* "5d", "1h", "0": postconf(5), a number alone is days. */
static bool
postfix_time(const char *text, int64_t *ms_r)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {
		{'s', SECOND_MS}, {'m', 60 * SECOND_MS}, {'h', 3600 * SECOND_MS},
		{'d', DAY_MS}, {'w', 7 * DAY_MS},
	};
	struct slice number = slice_of(text ? text : "");
	int64_t unit_ms = DAY_MS, n;
	char last = number.len ? number.data[number.len - 1] : '\0';

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (last == units[i].unit) {
			unit_ms = units[i].ms;
			number.len--;
			break;
		}
	if (text_int(number, 0, INT32_MAX, &n) != 0)
		return false;
	*ms_r = n * unit_ms;
	return true;
}

void
doctor_judge_lifetime(struct doctor *d, const char *setting,
    const char *queue, int64_t ticket_ms)
{
	static const char name[] = "milter.ticket_lifetime";
	int64_t queue_ms;

	if (!postfix_time(queue, &queue_ms))
		doctor_say(d, FINDING_WARN, name, "cannot be held against %s, "
		    "which is \"%s\"", setting, queue ? queue : "");
	else if (ticket_ms > queue_ms)
		doctor_say(d, FINDING_OK, name, "%.1f days, over the MTA's %s "
		    "(%s)", (double)ticket_ms / (double)DAY_MS, setting, queue);
	else
		doctor_say(d, FINDING_FAIL, name, "%.1f days, not over the MTA's "
		    "%s (%s): a stub that waits that long "
		    "would be refused at last; raise it in nearpost.conf, and "
		    "then nearpost-milter has to reload",
		    (double)ticket_ms / (double)DAY_MS, setting, queue);
}
