/* Files, whole: small helpers around open/read/rename. */
#ifndef NEARPOST_BASE_FILE_H
#define NEARPOST_BASE_FILE_H

#include <sys/types.h>

#include "lib/base/buf.h"

/* Append the file to out.  -1 with errno; EFBIG past `max` bytes. */
int file_read(const char *path, size_t max, struct buf *out);
/* Append its first line, without the line's end: how a password is kept.  -1 with
 * errno; ENODATA when the line is empty. */
int file_first_line(const char *path, size_t max, struct buf *out);
/* Write to a temporary name beside it, fsync, rename: readers see the old file
 * or the new one, never half of one.  -1 with errno. */
int file_write(const char *path, struct slice data, mode_t mode);
/* The same as file_write() for a file that is there: it stays its owner's and group's, with its
 * mode. */
int file_rewrite(const char *path, struct slice data);
/* file_write(), but -1 with EEXIST when there is such a file already. */
int file_create(const char *path, struct slice data, mode_t mode);
/* What stands at path, or does not any more, does so after a power cut too.  -1
 * with errno. */
int file_sync_directory_of(const char *path);
/* mkdir -p */
int file_mkdirs(const char *path, mode_t mode);

/* A unix path or TCP address as Postfix writes it.
 *   policy style:  unix:/path   inet:host:port   inet:[v6]:port
 *   milter style:  unix:/path   inet:port@host   (passed on to libmilter)
 */
struct endpoint {
	char *path; /* unix socket, or NULL */
	char *host; /* may be "*" or "0.0.0.0" for listeners */
	int port;
};
int endpoint_parse(const char *text, struct endpoint *out_r,
    const char **error_r); /* policy style */
void endpoint_free(struct endpoint *e);
/* By its address, or the name localhost; no name is looked up. */
bool host_is_loopback(const char *host);
/* Blocking connect with a deadline for the whole call.  A non-blocking,
 * close-on-exec descriptor, or -1 with errno (ETIMEDOUT).  A host name (not an
 * address) is looked up by the system's resolver first, within the resolver's
 * own limits. */
int endpoint_connect(const struct endpoint *e, int timeout_ms);

#endif
