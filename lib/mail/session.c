/* Starting and stopping libmilter.
 *
 * libmilter has a thread of its own that waits for TERM, INT and HUP and tells
 * the listener, which looks up from poll() only every 5 s.  So libmilter runs on
 * a second thread here, and the main thread waits for the signals: the kernel
 * asks the main thread first.  smfi_stop() waits for a lock that the listener
 * holds in poll(): hence a thread for it, while the main thread wakes the
 * listener by connecting to it.  Should libmilter's own thread get the signal
 * after all, the end takes those 5 s. */
#include "lib/mail/session.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/network.h"
#include "lib/base/text.h"
#include "lib/mail/session_state.h"

#define BACKLOG 512
#define FINISH_MS 3000 /* for messages at their end when we are told to stop */
#define POKE_MS 200

bool
session_client_in(const struct sockaddr_storage *client,
    const char *const *networks, size_t n)
{
	struct network net;
	const char *error;
	size_t i;

	for (i = 0; i < n; i++)
		if (network_parse(networks[i], &net, &error) == 0 &&
		    network_has(&net, client))
			return true;
	return false;
}

/* The socket's path, or NULL when it is none in the file system. */
static const char *
unix_path(const char *listen)
{
	if (strncmp(listen, "unix:", 5) == 0)
		return listen + 5;
	if (strncmp(listen, "local:", 6) == 0)
		return listen + 6;
	return *listen == '/' ? listen : NULL;
}

/* Milter style (inet:port@host) to an endpoint that can be connected to. */
static int
own_endpoint(const char *listen, struct endpoint *e_r)
{
	const char *path = unix_path(listen);
	struct slice rest, port;
	int64_t number;

	memset(e_r, 0, sizeof(*e_r));
	if (path) {
		e_r->path = xstrdup(path);
		return 0;
	}
	if (strncmp(listen, "inet:", 5) == 0)
		rest = slice_of(listen + 5);
	else if (strncmp(listen, "inet6:", 6) == 0)
		rest = slice_of(listen + 6);
	else
		return -1;
	if (!slice_split(&rest, '@', &port) ||
	    text_int(port, 1, 65535, &number) != 0)
		return -1;
	e_r->port = (int)number;
	e_r->host = rest.len ? xstrndup(rest.data, rest.len) :
	    xstrdup(listen[4] == ':' ? "127.0.0.1" : "::1");
	return 0;
}

static bool
somebody_listens(const struct endpoint *e)
{
	int fd = endpoint_connect(e, POKE_MS);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static int
give_to_group(const char *path, const char *group, const char **error_r)
{
	struct group gr, *found = NULL;
	char space[16384];

	if (!*group)
		return 0;
	if (getgrnam_r(group, &gr, space, sizeof(space), &found) != 0 ||
	    !found) {
		*error_r = "there is no group of the name in socket_group";
		return -1;
	}
	/* Ours already, or a group that we are in: no need for root. */
	if (chown(path, (uid_t)-1, found->gr_gid) != 0) {
		*error_r = "the socket cannot be given to socket_group: run as "
		    "root or as a member of that group";
		return -1;
	}
	return 0;
}

static int
open_socket(const struct session_ops *ops, const char *listen,
    const char *group, int timeout_s, const struct endpoint *own,
    const char **error_r)
{
	const char *path = unix_path(listen);
	mode_t mask;
	int status;

	*error_r = "libmilter does not take this listen address; write "
	    "unix:/path or inet:port@host";
	if (smfi_register(session_desc(ops)) != MI_SUCCESS ||
	    smfi_setconn(session_unconst(listen)) != MI_SUCCESS ||
	    smfi_settimeout(timeout_s) != MI_SUCCESS ||
	    smfi_setbacklog(BACKLOG) != MI_SUCCESS)
		return -1;
	if (path && somebody_listens(own)) {
		*error_r = "another process listens there";
		return -1;
	}
	/* Never a moment in which everybody could connect. */
	mask = umask(0117);
	status = smfi_opensocket(true);
	(void)umask(mask);
	if (status != MI_SUCCESS) {
		*error_r = "the listening socket cannot be opened: does its "
		    "directory exist, may we write there, is the port free?";
		return -1;
	}
	if (path && give_to_group(path, group, error_r) != 0)
		return -1;
	*error_r = NULL;
	return 0;
}

struct runner {
	pthread_t main_thread, thread;
	int status;
	int ended;
};

static void *
run_libmilter(void *arg)
{
	struct runner *r = arg;

	r->status = smfi_main();
	__atomic_store_n(&r->ended, 1, __ATOMIC_RELEASE);
	(void)pthread_kill(r->main_thread, SIGUSR2);
	return NULL;
}

/* The signals that the main thread waits for; all threads made from now on have
 * them blocked. */
static sigset_t
take_signals(void)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1,
	    SIGUSR2};
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaddset(&set, numbers[i]);
	errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (errno)
		fatal("pthread_sigmask");
	return set;
}

static void *
run_stop(void *arg)
{
	(void)arg;
	(void)smfi_stop();
	return NULL;
}

static void
stop_libmilter(const struct runner *r, const struct endpoint *own)
{
	const struct timespec pause = {0, 20 * 1000 * 1000};
	pthread_t stopper;

	errno = pthread_create(&stopper, NULL, run_stop, NULL);
	if (errno)
		fatal("pthread_create");
	while (!__atomic_load_n(&r->ended, __ATOMIC_ACQUIRE)) {
		(void)nanosleep(&pause, NULL);
		(void)somebody_listens(own);
	}
	(void)pthread_join(stopper, NULL);
}

static void
wait_until_told(const struct session_ops *ops, struct runner *r,
    const sigset_t *set, const struct endpoint *own)
{
	int number;

	while (!__atomic_load_n(&r->ended, __ATOMIC_ACQUIRE)) {
		if (sigwait(set, &number) != 0 || number == SIGUSR2)
			continue;
		if (number != SIGUSR1)
			stop_libmilter(r, own);
		else if (ops->reload)
			ops->reload(ops->ctx);
	}
}

static void
finish_messages(void)
{
	int64_t end_ms = clock_mono_ms() + FINISH_MS;
	const struct timespec pause = {0, 10 * 1000 * 1000};

	while (session_busy() > 0 && clock_mono_ms() < end_ms)
		(void)nanosleep(&pause, NULL);
}

int
session_run(const struct session_ops *ops, const char *listen,
    const char *socket_group, int timeout_s, const char **error_r)
{
	struct runner r = {.main_thread = pthread_self()};
	struct endpoint own;
	sigset_t set;

	if (own_endpoint(listen, &own) != 0) {
		*error_r = "is no listen address; write unix:/path or "
		    "inet:port@host";
		return EX_CONFIG;
	}
	if (open_socket(ops, listen, socket_group, timeout_s, &own,
	        error_r) != 0) {
		endpoint_free(&own);
		return EX_CONFIG;
	}
	set = take_signals();
	errno = pthread_create(&r.thread, NULL, run_libmilter, &r);
	if (errno)
		fatal("pthread_create");
	if (ops->ready)
		ops->ready(ops->ctx);
	wait_until_told(ops, &r, &set, &own);
	(void)pthread_join(r.thread, NULL);
	finish_messages();
	if (unix_path(listen))
		(void)unlink(unix_path(listen));
	endpoint_free(&own);
	if (r.status == MI_SUCCESS)
		return EX_OK;
	*error_r = "libmilter ended by itself; its reason is in the mail log";
	return EX_TEMPFAIL;
}
