/* No loop, no threads, no allocation to speak of: what must never fail does
 * little.  Signals are blocked but for the moment of sigtimedwait(). */
#include "gateway-agent/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

#define READY_ENV "NEARPOST_READY_FD"
#define FIRST_ENV "NEARPOST_FIRST_START"
#define POLL_MS 100      /* while somebody is awaited */
#define QUIET_MS 60000
#define STOP_MS 15000    /* libmilter takes up to 5 s */

enum { OBSERVER = 0, EXPANDER, N_DUTIES };

struct duty {
	const char *name;
	pid_t pid;            /* 0: not running */
	int64_t start_at_ms;  /* monotonic; 0 = at once */
	int ready_fd;         /* -1: it has said so, or is not running */
	bool was_ready;
	unsigned restarts;
};

struct supervisor {
	pid_t pid;
	const char *config_path;
	const struct program_options *options;
	char self[PATH_MAX];
	struct duty duties[N_DUTIES];
	bool all_ready;
};

static void
run_duty(const struct supervisor *s, const struct duty *d, int ready_fd)
{
	const char *argv[8] = {"nearpost-agent", "-c", s->config_path, "-r",
	    d->name};
	char number[16];
	int n = 5;
	sigset_t none;

	if (s->options->foreground)
		argv[n++] = "-f";
	if (s->options->debug)
		argv[n++] = "-v";
	/* Nobody else would end them when the supervisor is killed. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != s->pid)
		_exit(EX_OSERR);
	(void)snprintf(number, sizeof(number), "%d", ready_fd);
	(void)setenv(READY_ENV, number, 1);
	if (s->all_ready)
		(void)unsetenv(FIRST_ENV);
	else
		(void)setenv(FIRST_ENV, "1", 1);
	(void)unsetenv("NOTIFY_SOCKET");
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* execv's prototype predates const. */
	(void)execv(s->self, (char *const *)(uintptr_t)argv);
	_exit(EX_OSERR);
}

static void
start_duty(struct supervisor *s, struct duty *d)
{
	int p[2];

	d->start_at_ms = clock_mono_ms() + SUPERVISOR_RESTART_MS;
	/* Not close-on-exec: the duty inherits its end, and closes ours. */
	if (pipe(p) != 0) {
		log_warn("pipe");
		return;
	}
	(void)fcntl(p[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(p[0], F_SETFL, O_NONBLOCK);
	d->pid = fork();
	if (d->pid == 0)
		run_duty(s, d, p[1]);
	(void)close(p[1]);
	if (d->pid < 0) {
		log_warn("fork");
		d->pid = 0;
		(void)close(p[0]);
		return;
	}
	d->ready_fd = p[0];
	log_info("duty=%s pid=%ld started", d->name, (long)d->pid);
}

bool
supervisor_first_start(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes it. */
	return getenv(FIRST_ENV) != NULL;
}

void
supervisor_tell_ready(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes it. */
	const char *text = getenv(READY_ENV);
	int fd = text ? atoi(text) : 0;

	if (fd <= STDERR_FILENO)
		return;
	if (write(fd, "", 1) != 1)
		log_warn("the supervisor has gone");
	(void)close(fd);
}

static void
look_for_ready(struct supervisor *s)
{
	bool all = true;
	int i;

	for (i = 0; i < N_DUTIES; i++) {
		struct duty *d = &s->duties[i];
		ssize_t n;
		char c;

		if (d->ready_fd >= 0) {
			n = read(d->ready_fd, &c, 1);
			if (n >= 0) {
				(void)close(d->ready_fd);
				d->ready_fd = -1;
			}
			if (n == 1)
				d->was_ready = true;
		}
		all = all && d->was_ready;
	}
	if (all && !s->all_ready) {
		s->all_ready = true;
		program_ready();
		log_info("ready");
	}
}

static void
tell_end(const struct duty *d, int status)
{
	if (WIFSIGNALED(status))
		log_warnx("duty=%s pid=%ld killed by signal %d; starting it "
		    "again", d->name, (long)d->pid, WTERMSIG(status));
	else
		log_warnx("duty=%s pid=%ld ended with status %d; starting it "
		    "again", d->name, (long)d->pid, WEXITSTATUS(status));
}

/* What a duty that never came up ended with, when trying again is no use; else
 * EX_OK. */
static int
reap(struct supervisor *s, bool stopping)
{
	int status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < N_DUTIES; i++) {
			struct duty *d = &s->duties[i];

			if (d->pid != pid)
				continue;
			if (!stopping)
				tell_end(d, status);
			d->pid = 0;
			d->restarts++;
			d->start_at_ms = clock_mono_ms() +
			    SUPERVISOR_RESTART_MS;
			if (d->ready_fd >= 0)
				(void)close(d->ready_fd);
			d->ready_fd = -1;
			if (!d->was_ready && WIFEXITED(status) &&
			    (WEXITSTATUS(status) == EX_CONFIG ||
			        WEXITSTATUS(status) == EX_USAGE))
				return WEXITSTATUS(status);
		}
	}
	return EX_OK;
}

static void
wait_ended(struct supervisor *s, struct duty *d, int64_t until_ms)
{
	const struct timespec pause = {0, 20 * 1000 * 1000};

	while (d->pid && clock_mono_ms() < until_ms) {
		(void)reap(s, true);
		if (d->pid)
			(void)nanosleep(&pause, NULL);
	}
	if (d->pid) {
		log_warnx("duty=%s pid=%ld does not end; killed", d->name,
		    (long)d->pid);
		(void)kill(d->pid, SIGKILL);
	}
}

/* The expander first: its last claims still need an observer. */
static void
stop_all(struct supervisor *s)
{
	static const int order[] = {EXPANDER, OBSERVER};
	int i;

	program_notify("STOPPING=1");
	for (i = 0; i < N_DUTIES; i++) {
		struct duty *d = &s->duties[order[i]];

		if (d->pid)
			(void)kill(d->pid, SIGTERM);
		wait_ended(s, d, clock_mono_ms() + STOP_MS);
	}
}

/* Milliseconds until there may be something to do. */
static int64_t
start_due(struct supervisor *s)
{
	int64_t now_ms = clock_mono_ms(), wait_ms = QUIET_MS;
	int i;

	for (i = 0; i < N_DUTIES; i++) {
		struct duty *d = &s->duties[i];

		if (!d->pid && now_ms >= d->start_at_ms)
			start_duty(s, d);
		if (!d->pid && d->start_at_ms - now_ms < wait_ms)
			wait_ms = d->start_at_ms - now_ms;
		if (d->ready_fd >= 0 && wait_ms > POLL_MS)
			wait_ms = POLL_MS;
	}
	return wait_ms > 0 ? wait_ms : 1;
}

static void
reload(const struct supervisor *s)
{
	const struct duty *d = &s->duties[EXPANDER];

	log_info("reloading the assets");
	if (d->pid)
		(void)kill(d->pid, SIGUSR1);
}

int
supervisor_run(const char *config_path, const struct program_options *o)
{
	struct supervisor s = {.pid = getpid(),
	    .config_path = config_path, .options = o, .duties = {
	        {.name = "observer", .ready_fd = -1},
	        {.name = "expander", .ready_fd = -1}}};
	static const int wanted[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	int status = EX_OK, number;
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		(void)sigaddset(&set, wanted[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (readlink("/proc/self/exe", s.self, sizeof(s.self) - 1) < 0)
		fatal("/proc/self/exe");
	for (;;) {
		int64_t wait_ms = start_due(&s);
		struct timespec wait = {wait_ms / 1000,
		    (wait_ms % 1000) * 1000000L};

		number = sigtimedwait(&set, NULL, &wait);
		look_for_ready(&s);
		if (number == SIGTERM || number == SIGINT)
			break;
		if (number == SIGHUP)
			reload(&s);
		status = reap(&s, false);
		if (status != EX_OK && !s.all_ready)
			break;
	}
	stop_all(&s);
	return status;
}
