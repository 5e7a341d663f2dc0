/* An advert is shown as it would be in a mail program that loads nothing from
 * outside.  Three things see to that: as root the browser gets a network namespace
 * without any network; every name and address is not found; and what looks for a
 * way by a proxy finds a port that nobody listens on. */
#include "config.h"

#include "ctl/chromium.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

#define END_MS 3000 /* for an end without force */
#define REMOVE_TRIES 50
#define STDERR "stderr" /* a file in the profile */
#define STDERR_MAX (1 << 20)

struct chromium {
	char *profile; /* directory */
	pid_t pid;     /* leads a process group */
	struct devtools devtools;
	struct sigaction old_int, old_term, old_pipe;
};

static volatile sig_atomic_t interrupted;

static void
on_signal(int signo)
{
	interrupted = signo;
}

char *
chromium_find(void)
{
	static const char *const names[] = {"chromium", "chromium-browser",
	    "google-chrome"};
	const char *path = getenv("PATH");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct slice rest = slice_of(path ? path : ""), dir;

		while (slice_split(&rest, ':', &dir)) {
			char *file = xasprintf("%.*s/%s", (int)dir.len, dir.data,
			    names[i]);

			if (dir.len && access(file, X_OK) == 0)
				return file;
			free(file);
		}
	}
	return NULL;
}

/* Signals end the wait for the browser, not us: there is a profile to remove. */
static void
catch_signals(struct chromium *c)
{
	struct sigaction on = {.sa_handler = on_signal};
	struct sigaction off = {.sa_handler = SIG_IGN};

	interrupted = 0;
	(void)sigaction(SIGINT, &on, &c->old_int);
	(void)sigaction(SIGTERM, &on, &c->old_term);
	(void)sigaction(SIGPIPE, &off, &c->old_pipe);
}

/* One that came meanwhile does now what it would have done. */
static void
release_signals(struct chromium *c)
{
	(void)sigaction(SIGINT, &c->old_int, NULL);
	(void)sigaction(SIGTERM, &c->old_term, NULL);
	(void)sigaction(SIGPIPE, &c->old_pipe, NULL);
	if (interrupted)
		(void)raise(interrupted);
}

/* In the child.  in and out are above 4. */
static void __attribute__((noreturn))
become(const char *path, const char *profile, int in, int out)
{
	char *dir = xasprintf("--user-data-dir=%s", profile);
	char *log = xasprintf("%s/" STDERR, profile);
	const bool root = geteuid() == 0;
	const char *argv[] = {path, "--headless", "--remote-debugging-pipe", dir,
	    "--proxy-server=socks5://127.0.0.1:9",
	    "--proxy-bypass-list=<-loopback>",
	    "--host-resolver-rules=MAP * ~NOTFOUND",
	    "--disable-background-networking", "--disable-component-update",
	    "--disable-default-apps", "--disable-domain-reliability",
	    "--disable-extensions", "--disable-quic", "--disable-sync",
	    "--dns-prefetch-disable", "--no-pings", "--no-first-run",
	    "--no-default-browser-check", "--disable-breakpad",
	    "--disable-crash-reporter", "--disable-gpu",
	    "--disable-dev-shm-usage", "--password-store=basic",
	    "--force-color-profile=srgb", "--hide-scrollbars", "--mute-audio",
	    "about:blank", root ? "--no-sandbox" : NULL, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_DFL);
	/* Who may not do it has the browser's own switches. */
	if (root)
		(void)unshare(CLONE_NEWNET);
	(void)setenv("HOME", profile, 1);
	(void)setenv("XDG_CONFIG_HOME", profile, 1);
	(void)setenv("XDG_CACHE_HOME", profile, 1);
	(void)setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", 1);
	if (null >= 0 && err >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 &&
	    dup2(err, 2) == 2 && dup2(in, 3) == 3 && dup2(out, 4) == 4)
		(void)execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Both ends above 4, where the browser looks for them. */
static int
make_pipe(int fds[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		fds[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
		(void)close(low[i]);
	}
	return fds[0] < 0 || fds[1] < 0 ? -1 : 0;
}

static int
spawn(struct chromium *c, const char *path, char **error_r)
{
	int to[2], from[2];

	if (make_pipe(to) < 0 || make_pipe(from) < 0) {
		*error_r = xasprintf("pipe: %s", strerrordesc_np(errno));
		return -1;
	}
	c->pid = fork();
	if (c->pid == 0)
		become(path, c->profile, to[0], from[1]);
	(void)close(to[0]);
	(void)close(from[1]);
	c->devtools.to = to[1];
	c->devtools.from = from[0];
	if (c->pid < 0) {
		*error_r = xasprintf("fork: %s", strerrordesc_np(errno));
		return -1;
	}
	(void)setpgid(c->pid, c->pid);
	(void)fcntl(to[1], F_SETFL, O_NONBLOCK);
	(void)fcntl(from[0], F_SETFL, O_NONBLOCK);
	return 0;
}

struct chromium *
chromium_start(const char *path, int64_t deadline_ms, char **error_r)
{
	const char *tmp = getenv("TMPDIR");
	struct chromium *c = xcalloc(1, sizeof(*c));

	c->devtools.to = c->devtools.from = -1;
	c->devtools.deadline_ms = deadline_ms;
	catch_signals(c);
	c->profile = xasprintf("%s/nearpost-preview-XXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(c->profile)) {
		*error_r = xasprintf("%s: %s", c->profile,
		    strerrordesc_np(errno));
		free(c->profile);
		c->profile = NULL;
		chromium_stop(&c);
	} else if (spawn(c, path, error_r) < 0) {
		chromium_stop(&c);
	}
	return c;
}

struct devtools *
chromium_devtools(struct chromium *c)
{
	return &c->devtools;
}

char *
chromium_words(const struct chromium *c)
{
	char *path = xasprintf("%s/" STDERR, c->profile), *words;
	struct buf text = {0};
	struct slice rest, line, last = {"", 0};

	(void)file_read(path, STDERR_MAX, &text);
	rest = slice_buf(&text);
	while (slice_split(&rest, '\n', &line))
		if (slice_trim(line).len)
			last = slice_trim(line);
	words = xstrndup(last.data, last.len);
	buf_free(&text);
	free(path);
	return words;
}

static void
nap(void)
{
	const struct timespec t = {0, 20000000};

	(void)nanosleep(&t, NULL);
}

/* Asked first, so that what it started ends with it; then made to. */
static void
end(struct chromium *c)
{
	int64_t until_ms = clock_mono_ms() + END_MS;
	pid_t gone = 0;
	int status;

	while (clock_mono_ms() < until_ms &&
	    (gone = waitpid(c->pid, &status, WNOHANG)) == 0)
		nap();
	(void)kill(-c->pid, SIGKILL);
	while (gone == 0 && waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
chromium_stop(struct chromium **cp)
{
	struct chromium *c = *cp;
	char *ignored = NULL;
	int tries = 0;

	if (!c)
		return;
	*cp = NULL;
	if (c->pid > 0) {
		free(c->devtools.session);
		c->devtools.session = NULL;
		c->devtools.deadline_ms = clock_mono_ms() + END_MS;
		(void)devtools_begin(&c->devtools, "Browser.close");
		(void)devtools_do(&c->devtools, &ignored);
		free(ignored);
	}
	if (c->devtools.to >= 0) {
		(void)close(c->devtools.to);
		(void)close(c->devtools.from);
	}
	if (c->pid > 0)
		end(c);
	/* One of its processes may write to the last. */
	while (c->profile && tries++ < REMOVE_TRIES &&
	    nftw(c->profile, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		nap();
	devtools_clear(&c->devtools);
	release_signals(c);
	free(c->profile);
	free(c);
}
