/* nearpostctl lint: reads a campaign, says what is wrong with it, changes
 * nothing. */
#include "config.h"

#include "ctl/lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "lib/base/log.h"

struct args {
	const char *campaign; /* a name, or the path of its directory */
	const char *assets, *facts;
	bool json, strict;
};

static int
usage(void)
{
	fputs("usage: nearpostctl lint CAMPAIGN|DIR [--assets DIR] [--strict] "
	      "[--json]\n           [--facts FILE]\n"
	      "Says what mail programs and receivers would trip over.\n",
	    stderr);
	return EX_USAGE;
}

static int
parse_args(struct args *a, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--json") == 0)
			a->json = true;
		else if (strcmp(argv[i], "--strict") == 0)
			a->strict = true;
		else if (strcmp(argv[i], "--assets") == 0 && next)
			a->assets = argv[++i];
		else if (strcmp(argv[i], "--facts") == 0 && next)
			a->facts = argv[++i];
		else if (argv[i][0] != '-' && !a->campaign)
			a->campaign = argv[i];
		else
			return -1;
	}
	return a->campaign ? 0 : -1;
}

/* Who makes adverts need not have a nearpost.conf; without one the defaults
 * hold. */
static int
load_config(struct ctl *ctl)
{
	const char *path = ctl->config_path;
	char *error = NULL;

	if (strcmp(path, CONFIG_DEFAULT_PATH) == 0 && access(path, F_OK) == -1)
		path = NULL;
	if (config_load(path, &ctl->config, &error) == 0)
		return 0;
	log_warnx("%s", error);
	free(error);
	return -1;
}

/* "assets/spring-2026" is the campaign spring-2026 of the set assets; a name
 * without a slash is one of the set in use. */
static void
split(struct arena *arena, const struct args *a, const char *assets,
    const char **dir_r, const char **name_r)
{
	char *path = arena_strdup(arena, a->campaign), *slash, *real;
	size_t len = strlen(path);
	bool is_dir = strchr(path, '/') != NULL;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (!a->assets && (strcmp(path, ".") == 0 || strcmp(path, "..") == 0) &&
	    (real = realpath(path, NULL)) != NULL) {
		path = arena_strdup(arena, real);
		free(real);
	}
	slash = strrchr(path, '/');
	*dir_r = a->assets ? a->assets : is_dir ? "." : assets;
	*name_r = path;
	if (!slash)
		return;
	*slash = '\0';
	*name_r = slash + 1;
	*dir_r = slash == path ? "/" : path;
}

static int
show(const struct lint_report *r, const struct args *a, const char *campaign,
    const struct lint_facts *facts)
{
	struct buf out = {0};
	size_t bad = lint_report_count(r, LINT_ERROR);

	(a->json ? lint_report_json : lint_report_print)(r, campaign,
	    facts->date, &out);
	(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	if (a->strict)
		bad += lint_report_count(r, LINT_WARNING);
	return bad ? 1 : EX_OK;
}

static int
check(struct lint *l, const struct args *a, const char *name)
{
	char *error = NULL, *path = arena_printf(l->arena, "%s/%s/"
	    CAMPAIGN_CONF, l->dir, name);
	struct campaign *c;
	const char *why;

	if (access(path, R_OK) == -1) {
		log_warn("%s", path);
		if (!a->assets && !strchr(a->campaign, '/') &&
		    access(arena_printf(l->arena, "%s/" CAMPAIGN_CONF, name),
		        F_OK) == 0)
			log_warnx("for the directory here write ./%s", name);
		return EX_NOINPUT;
	}
	c = campaign_load(l->dir, name, NULL, &error);
	l->campaign = c;
	if (c) {
		lint_load(l);
		lint_check(l);
		lint_unload(l);
	} else {
		struct lint_place at = lint_error_place(l->arena, error, &why);

		lint_add(l->report, "conf", at, "%s", why);
		free(error);
	}
	lint_report_sort(l->report);
	campaign_free(&c);
	return show(l->report, a, name, l->facts);
}

int
lint_command(struct ctl *ctl, int argc, char **argv)
{
	struct args a = {.facts = NEARPOST_DATADIR "/lint-clients.conf"};
	struct lint_facts *facts;
	struct lint_report report = {0};
	const char *name;
	struct lint l = {.report = &report};
	char *error = NULL;
	int status;

	if (parse_args(&a, argc, argv) < 0)
		return usage();
	facts = lint_facts_load(a.facts, &error);
	if (!facts) {
		log_warnx("%s", error);
		free(error);
		return EX_CONFIG;
	}
	if (load_config(ctl) == -1) {
		lint_facts_free(&facts);
		return EX_CONFIG;
	}
	l.arena = report.arena = arena_new();
	l.facts = facts;
	l.message_limit = ctl->config.agent.max_advert_size;
	split(l.arena, &a, ctl->config.policyd.assets, &l.dir, &name);
	status = check(&l, &a, name);
	config_free(&ctl->config);
	lint_facts_free(&facts);
	lint_report_free(&report);
	arena_free(&l.arena);
	return status;
}
