/* nearpost-policyd: which gateway, which creative, may this recipient be
 * mailed. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/program.h"
#include "lib/fleet/reach.h"
#include "policyd/catalogue.h"
#include "policyd/policyd.h"

static const struct program program = {
    .name = "nearpost-policyd",
    .summary = "chooses gateway and creative for each stub",
    .config_path = CONFIG_DEFAULT_PATH,
};

/* NULL, or why no stub could be chosen for. */
static char *
catalogue_fault(const struct config_policyd *p)
{
	char *error = NULL;
	struct catalogue *c =
	    catalogue_load(p->assets, p->manifest_keys, &error);

	catalogue_free(&c);
	return error;
}

static int
check(const struct config *c)
{
	const struct config_policyd *p = &c->policyd;
	struct reach r = {stdout, 0};
	char *doubts;

	reach_listen(&r, "policyd.listen", p->listen);
	reach_redis(&r, p);
	reach_tls(&r, "policyd", &p->tls);
	reach_directory(&r, "policyd.manifest_keys", p->manifest_keys, false);
	reach_say(&r, "policyd.assets", p->assets, catalogue_fault(p));
	reach_dns(&r, "policyd.dns_servers", p->dns_servers);
	doubts = config_doubts(c);
	if (doubts)
		(void)fputs(doubts, stderr);
	free(doubts);
	return reach_end(&r);
}

int
main(int argc, char **argv)
{
	static struct policyd policyd;
	struct program_options options;
	char *error;
	int rc = 0;

	program_options(&program, argc, argv, &options);
	policyd.config_path = options.config_path;
	if (config_load(options.config_path, &policyd.config, &error) != 0)
		fatalx(EX_CONFIG, "%s", error);
	if (options.show)
		return config_show(&policyd.config, options.show);
	if (options.check_only)
		return check(&policyd.config);
	program_start(&options);
	if (policyd_start(&policyd, &rc) == 0) {
		program_ready();
		policyd_run(&policyd);
		program_notify("STOPPING=1");
	}
	policyd_stop(&policyd);
	program_end(&options);
	return rc;
}
