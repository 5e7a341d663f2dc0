#include "lib/fleet/config.h"
#include "milter/service.h"

static const struct program program = {
    .name = "nearpost-milter",
    .summary = "sends stubs on by way of the best gateways",
    .config_path = CONFIG_DEFAULT_PATH,
};

int
main(int argc, char **argv)
{
	struct program_options options;

	program_options(&program, argc, argv, &options);
	if (options.show)
		return service_show(options.config_path, options.show);
	if (options.check_only)
		return service_check(options.config_path);
	return service_run(&program, &options);
}
