/* What a connection to Redis needs before it is made, and the words for what
 * became of a call. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/fleet/store.h"

#define PASSWORD_FILE_MAX 4096

const char *
store_result_text(enum store_result r)
{
	static const char *const texts[] = {"ok", "is not connected",
	    "does not answer", "refused the command"};

	return (size_t)r < sizeof(texts) / sizeof(texts[0]) ? texts[r] : "?";
}

int
store_password(const char *file, struct buf *out, char **error_r)
{
	if (!file || !*file || file_first_line(file, PASSWORD_FILE_MAX, out) == 0)
		return 0;
	*error_r = xasprintf("redis_password_file %s: %s", file,
	    errno == ENODATA ? "its first line is empty" :
	    strerrordesc_np(errno));
	return -1;
}

int
store_resolve(struct endpoint *at, char **error_r)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	char host[64];
	int rc;

	if (at->path)
		return 0;
	rc = getaddrinfo(at->host, NULL, &hints, &list);
	if (rc == 0) {
		rc = getnameinfo(list->ai_addr, list->ai_addrlen, host,
		    sizeof(host), NULL, 0, NI_NUMERICHOST);
		freeaddrinfo(list);
	}
	if (rc != 0) {
		*error_r = xasprintf("redis host %s: %s; give its address",
		    at->host, gai_strerror(rc));
		return -1;
	}
	free(at->host);
	at->host = xstrdup(host);
	return 0;
}

size_t
store_hello(struct command commands_r[STORE_HELLO_COMMANDS],
    struct arena *arena, const char *user, struct slice password,
    const char *client_name)
{
	struct command *c = commands_r;

	if (password.len) {
		command_init(c, arena, "AUTH");
		if (*user)
			command_add(c, user);
		command_add_slice(c++, password);
	}
	command_init(c, arena, "CLIENT");
	command_add(c, "SETNAME");
	command_add(c++, client_name);
	command_init(c++, arena, "PING");
	return (size_t)(c - commands_r);
}

/* Redis answers in the order it is asked in. */
void
store_barrier(struct store *s, store_cb *cb, void *ctx)
{
	struct arena *arena = arena_new();
	struct command c;

	command_init(&c, arena, "PING");
	store_call(s, &c, 1, cb, ctx);
	arena_free(&arena);
}
