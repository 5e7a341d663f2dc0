/* nearpost-agent: a supervisor and its two duties, by -r. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "gateway-agent/expander.h"
#include "gateway-agent/observer.h"
#include "gateway-agent/shelf.h"
#include "gateway-agent/supervisor.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/fleet/reach.h"
#include "lib/mail/ticket.h"

static const struct program program = {"nearpost-agent",
    "makes adverts from stubs on a gateway, and reports on it",
    CONFIG_DEFAULT_PATH};

static const struct {
	const char *name;
	int (*run)(const struct config *config, void (*ready)(void));
} duties[] = {
    {"expander", expander_run},
    {"observer", observer_run},
};

/* How this duty logs, for on_ready(), which has no argument to carry it. */
static struct program_options duty;

/* Takes "-r ROLE" out of the arguments: it is between us and ourselves, and no
 * option that all daemons share. */
static const char *
take_role(int *argc, char **argv)
{
	int i;

	for (i = 1; i + 1 < *argc; i++) {
		const char *role = argv[i + 1];

		if (strcmp(argv[i], "-r") != 0)
			continue;
		memmove(argv + i, argv + i + 2,
		    (size_t)(*argc - i - 1) * sizeof(*argv));
		*argc -= 2;
		return role;
	}
	return "supervisor";
}

/* What only the agent needs of the file that all programs share.  NULL: fine. */
static char *
check_config(const struct config *c)
{
	const struct config_agent *a = &c->agent;
	struct keyring *keys;
	char *error = NULL, *told;

	if (*a->id == '\0')
		return xasprintf("agent.id is missing: the id of this gateway");
	if (c->gateways.n && !config_gateway(c, a->id))
		return xasprintf("agent.id = \"%s\": there is no gateway "
		    "section of that name", a->id);
	if (a->policyd.n == 0)
		return xasprintf("agent.policyd is missing: where to report, "
		    "inet:host:4617");
	keys = keyring_load(a->keys, &error);
	if (!keys) {
		told = xasprintf("agent.keys = \"%s\": %s", a->keys, error);
		free(error);
		return told;
	}
	keyring_unref(&keys);
	return NULL;
}

/* NULL, or why no advert could be made. */
static char *
sets_fault(const struct config_agent *a)
{
	struct shelf *s = shelf_new(a->assets, a->keys);
	struct shelf_state state = {0};
	char *why = NULL;

	if (shelf_reload(s, clock_wall_ms()) != 0) {
		(void)shelf_state(s, &state);
		why = xstrdup(state.fault.len ? state.fault.data
					      : "no set could be loaded");
		shelf_state_free(&state);
	}
	shelf_free(&s);
	return why;
}

static int
check(const struct config_agent *a)
{
	struct reach r = {stdout, 0};
	size_t i;

	reach_listen(&r, "agent.listen", a->listen);
	reach_listen(&r, "agent.observer", a->observer);
	for (i = 0; i < a->policyd.n; i++)
		reach_socket(&r, "agent.policyd", a->policyd.items[i]);
	reach_tls(&r, "agent", &a->tls);
	reach_say(&r, "agent.assets", a->assets, sets_fault(a));
	if (strcmp(a->maillog, "journal") != 0)
		reach_file(&r, "agent.maillog", a->maillog);
	reach_directory(&r, "agent.state_directory", a->state_directory, true);
	reach_directory(&r, "agent.queue_directory", a->queue_directory, false);
	reach_dns(&r, "agent.dns_servers", a->dns_servers);
	return reach_end(&r);
}

/* The first start tells its troubles to the terminal that it was started from, and
 * lets go of it when all is well; later ones only have syslog. */
static void
leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	log_open(program.name, LOG_TO_SYSLOG, duty.debug);
	for (fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	if (null > STDERR_FILENO)
		(void)close(null);
}

static void
on_ready(void)
{
	if (!duty.foreground)
		leave_terminal();
	supervisor_tell_ready();
}

static int
run_duty(const char *role, const struct program_options *o,
    const struct config *config)
{
	size_t i;

	for (i = 0; i < sizeof(duties) / sizeof(duties[0]); i++) {
		if (strcmp(role, duties[i].name) != 0)
			continue;
		duty = *o;
		log_open(program.name, o->foreground ||
		    supervisor_first_start() ? LOG_TO_STDERR : LOG_TO_SYSLOG,
		    o->debug);
		if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
			fatal("signal");
		return duties[i].run(config, on_ready);
	}
	log_warnx("-r %s: expander, observer or supervisor", role);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	const char *role = take_role(&argc, argv);
	struct program_options o;
	struct config config = {0};
	char *error = NULL, path[PATH_MAX];
	int status;

	program_options(&program, argc, argv, &o);
	if (config_load(o.config_path, &config, &error) != 0)
		fatalx(EX_CONFIG, "%s", error);
	if (o.show) {
		status = config_show(&config, o.show);
		config_free(&config);
		return status;
	}
	error = check_config(&config);
	if (error)
		fatalx(EX_CONFIG, "%s", error);
	if (!realpath(o.config_path, path))
		fatal("%s", o.config_path);
	if (o.check_only)
		status = check(&config.agent);
	else if (strcmp(role, "supervisor") == 0) {
		program_start(&o);
		status = supervisor_run(path, &o);
		program_end(&o);
	} else
		status = run_duty(role, &o, &config);
	config_free(&config);
	return status;
}
