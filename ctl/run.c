#include "config.h"

#include "ctl/run.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

extern char **environ;

/* The administrator's commands live in sbin, which a plain user's PATH often
 * lacks. */
static char *
program_path(const char *name)
{
	const char *env = getenv("PATH");
	char *path = xasprintf("%s:/usr/sbin:/sbin", env ? env : "/usr/bin");
	struct slice rest = slice_of(path), dir;
	char *found = NULL;

	while (!found && slice_split(&rest, ':', &dir)) {
		char *try = xasprintf("%.*s/%s", (int)dir.len, dir.data, name);

		if (access(try, X_OK) == 0)
			found = try;
		else
			free(try);
	}
	free(path);
	return found ? found : xstrdup(name);
}

static void
read_all(int fd, struct buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0 ||
	    (n < 0 && errno == EINTR))
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
}

int
run_capture(const char *const argv[], struct buf *out)
{
	posix_spawn_file_actions_t actions;
	char *path;
	int fds[2], status, err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		fatal("pipe");
	path = argv[0][0] == '/' ? xstrdup(argv[0]) : program_path(argv[0]);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	(void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null",
	    O_WRONLY, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null",
	    O_RDONLY, 0);
	err = posix_spawn(&pid, path, &actions, NULL,
	    (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	free(path);
	(void)close(fds[1]);
	if (err == 0)
		read_all(fds[0], out);
	(void)close(fds[0]);
	if (err != 0)
		return 127;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
