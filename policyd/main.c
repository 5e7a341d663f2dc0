/* nearpost-policyd: which gateway, which creative, may this recipient be
 * mailed. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/program.h"
#include "policyd/policyd.h"

static const struct program program = {
    .name = "nearpost-policyd",
    .summary = "chooses gateway and creative for each stub",
    .config_path = CONFIG_DEFAULT_PATH,
};

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
	if (options.check_only)
		return 0;
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
