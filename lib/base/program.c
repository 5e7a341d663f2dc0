#include "config.h"

#include "lib/base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"

/* Between program_start() and program_ready(); one process has one start. */
static struct {
	int parent_fd; /* -1: nobody waits */
} start = {-1};

static void
usage(const struct program *p, FILE *to)
{
	(void)fprintf(to, "%s: %s\n"
	    "usage: %s [-fhnVv] [-c file] [-e name] [-p file]\n"
	    "  -c file  configuration, default %s\n"
	    "  -e name  print a setting as it is in force, such as relay_domain,\n"
	    "           milter.listen or gateway.lon.host, and exit\n"
	    "  -f       stay in the foreground, log to stderr\n"
	    "  -n       check the configuration, try to reach what it names, and\n"
	    "           exit\n"
	    "  -p file  write the process id there\n"
	    "  -v       log for debugging too\n"
	    "  -V       print the version\n",
	    p->name, p->summary, p->name, p->config_path);
}

void
program_options(const struct program *p, int argc, char **argv,
    struct program_options *out_r)
{
	int c;

	memset(out_r, 0, sizeof(*out_r));
	out_r->config_path = p->config_path;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread. */
	while ((c = getopt(argc, argv, "c:e:fhnp:vV")) != -1) {
		switch (c) {
		case 'c':
			out_r->config_path = optarg;
			break;
		case 'e':
			out_r->show = optarg;
			break;
		case 'f':
			out_r->foreground = true;
			break;
		case 'n':
			out_r->check_only = true;
			break;
		case 'p':
			out_r->pid_file = optarg;
			break;
		case 'v':
			out_r->debug = true;
			break;
		case 'V':
			printf("%s %s\n", p->name, PACKAGE_VERSION);
			exit(EX_OK);
		case 'h':
			usage(p, stdout);
			exit(EX_OK);
		default:
			usage(p, stderr);
			exit(EX_USAGE);
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "%s: what is \"%s\"?\n", p->name,
		    argv[optind]);
		usage(p, stderr);
		exit(EX_USAGE);
	}
	log_open(p->name, LOG_TO_STDERR, out_r->debug);
}

/* The parent's part: 0 came through the pipe, or the child's own end counts. */
static void __attribute__((noreturn))
wait_for_child(pid_t child, int fd)
{
	int status = 0;
	ssize_t n;
	char c;

	do
		n = read(fd, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(EX_OK);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			_exit(EX_OSERR);
	_exit(WIFEXITED(status) && WEXITSTATUS(status) ?
	    WEXITSTATUS(status) : EX_SOFTWARE);
}

static void
to_background(void)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		fatal("pipe");
	pid = fork();
	if (pid < 0)
		fatal("fork");
	if (pid > 0) {
		(void)close(fds[1]);
		wait_for_child(pid, fds[0]);
	}
	(void)close(fds[0]);
	start.parent_fd = fds[1];
	if (setsid() < 0)
		fatal("setsid");
	if (chdir("/") != 0)
		fatal("chdir to /");
}

void
program_start(const struct program_options *o)
{
	char text[32];
	int n;

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("signal");
	/* Files named on the command line mean what they did there. */
	if (!o->foreground) {
		if (o->pid_file && *o->pid_file != '/')
			fatalx(EX_USAGE, "pid file %s: a daemon needs the whole "
			    "path, from /", o->pid_file);
		to_background();
	}
	if (!o->pid_file)
		return;
	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (file_write(o->pid_file, (struct slice){text, (size_t)n}, 0644) != 0)
		fatal("pid file %s", o->pid_file);
}

static void
let_parent_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	log_to_syslog();
	if (null < 0)
		fatal("/dev/null");
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			fatal("dup2");
	if (null > STDERR_FILENO)
		(void)close(null);
	if (write(start.parent_fd, "", 1) != 1)
		log_warn("the process that started us has gone");
	(void)close(start.parent_fd);
	start.parent_fd = -1;
}

void
program_ready(void)
{
	if (start.parent_fd >= 0)
		let_parent_go();
	program_notify("READY=1");
}

/* sd_notify(3) without its library: one datagram.  A name that starts with @ is
 * abstract. */
void
program_notify(const char *state)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes it. */
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	socklen_t len;
	int fd;

	if (!path || (*path != '/' && *path != '@') ||
	    strlen(path) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, strlen(path) + 1);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	        (const struct sockaddr *)&to, len) < 0)
		log_warn("systemd cannot be told %s", state);
	(void)close(fd);
}

void
program_end(const struct program_options *o)
{
	program_notify("STOPPING=1");
	if (o->pid_file && unlink(o->pid_file) != 0 && errno != ENOENT)
		log_warn("pid file %s", o->pid_file);
}
