/* May the MTA use our sockets?  doctor runs as root, who may use them all: so not
 * a connection tells, but owners, groups and modes all along the path. */
#include "config.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "lib/fleet/reach.h"

#define GROUPS_MAX 256

/* The MTA takes all groups of its user (initgroups), as the system has them. */
static bool
mta_user(struct doctor *d, struct doctor_user *user_r)
{
	struct passwd pw, *found = NULL;
	char text[4096];
	const char *name;

	if (d->sendmail_cf) { /* its daemon is root */
		user_r->name = "root";
		return true;
	}
	name = doctor_postconf(d, "mail_owner");
	if (!name || getpwnam_r(name, &pw, text, sizeof(text), &found) != 0 ||
	    !found)
		return false;
	user_r->groups = arena_alloc(d->arena,
	    GROUPS_MAX * sizeof(*user_r->groups));
	user_r->n_groups = GROUPS_MAX;
	if (getgrouplist(name, pw.pw_gid, user_r->groups,
	    &user_r->n_groups) < 0)
		user_r->n_groups = GROUPS_MAX; /* so many of them fit */
	user_r->name = name;
	user_r->uid = pw.pw_uid;
	return true;
}

/* Every directory from the root down. */
static bool
check_way(struct doctor *d, const char *what, const char *path,
    const struct doctor_user *user)
{
	for (const char *at = strchr(path, '/'); at;
	    at = strchr(at + 1, '/')) {
		const char *dir = at == path ? "/" :
		    arena_strndup(d->arena, path, (size_t)(at - path));
		struct stat st;

		if (stat(dir, &st) == 0 &&
		    !doctor_judge_way(d, what, dir, &st, user))
			return false;
	}
	return true;
}

static void
check_socket(struct doctor *d, const char *what, const char *where)
{
	char *why = reach_connect(where);

	if (why)
		doctor_say(d, FINDING_FAIL, what, "%s: %s", where, why);
	else
		doctor_say(d, FINDING_OK, what, "%s", where);
	free(why);
}

/* setting: the section of nearpost.conf. */
static void
check_mta_socket(struct doctor *d, const char *what, const char *setting,
    const char *where)
{
	struct doctor_user user = {0};
	const char *path = where + 5;
	struct stat st;

	check_socket(d, what, where);
	if (strncmp(where, "unix:", 5) != 0 || stat(path, &st) < 0 ||
	    !mta_user(d, &user))
		return;
	if (check_way(d, what, path, &user))
		doctor_judge_socket(d, what, setting, path, &st, &user);
}

void
doctor_sockets(struct doctor *d)
{
	const struct config *c = &d->ctl->config;

	if (d->gateway) {
		check_mta_socket(d, "expander", "agent", c->agent.listen);
		check_socket(d, "observer", c->agent.observer);
		for (size_t i = 0; i < c->agent.policyd.n; i++)
			check_socket(d, "policyd", c->agent.policyd.items[i]);
	} else {
		check_mta_socket(d, "milter", "milter", c->milter.listen);
		check_socket(d, "policyd", c->milter.policyd);
	}
}
