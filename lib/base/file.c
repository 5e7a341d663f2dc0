/* Files are replaced, never rewritten: a crash at any moment leaves the old one
 * or the new one. */
#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/mem.h"

int
file_read(const char *path, size_t max, struct buf *out)
{
	size_t start = out->len;
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	ssize_t n;

	if (fd < 0)
		return -1;
	for (;;) {
		buf_reserve(out, 16 * 1024);
		n = read(fd, out->data + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		out->len += (size_t)n;
		if (out->len - start > max) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	saved = errno;
	(void)close(fd);
	if (n < 0)
		out->len = start;
	out->data[out->len] = '\0';
	errno = saved;
	return n < 0 ? -1 : 0;
}

int
file_first_line(const char *path, size_t max, struct buf *out)
{
	size_t start = out->len;

	if (file_read(path, max, out) < 0)
		return -1;
	out->len = start + strcspn(out->data + start, "\r\n");
	out->data[out->len] = '\0';
	if (out->len > start)
		return 0;
	errno = ENODATA;
	return -1;
}

static int
write_all(int fd, struct slice data)
{
	ssize_t n;

	while (data.len) {
		n = write(fd, data.data, data.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data.data += n;
		data.len -= (size_t)n;
	}
	return 0;
}

/* The rename is only safe once the directory is on the disk too. */
int
file_sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? xstrndup(path, (size_t)(slash - path) + 1)
	                  : xstrdup(".");
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	free(dir);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	/* Some file systems cannot; they have nothing to sync then. */
	if (rc < 0 && (errno == EINVAL || errno == EROFS))
		rc = 0;
	(void)close(fd);
	return rc;
}

/* rename() replaces, link() refuses to; both show the whole file at once. */
static int
put_in_place(const char *tmp, const char *path, bool replace)
{
	if (replace)
		return rename(tmp, path);
	if (link(tmp, path) < 0)
		return -1;
	return unlink(tmp);
}

/* as: whose it is to be and with which mode, or NULL: ours, with mode. */
static int
set_owner(int fd, mode_t mode, const struct stat *as)
{
	if (as && (as->st_uid != geteuid() || as->st_gid != getegid()) &&
	    fchown(fd, as->st_uid, as->st_gid) < 0)
		return -1;
	return fchmod(fd, as ? as->st_mode & 07777 : mode);
}

static int
write_beside(const char *path, struct slice data, mode_t mode, bool replace,
    const struct stat *as)
{
	char *tmp = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(tmp, O_CLOEXEC), saved, rc = -1;

	if (fd < 0)
		goto out;
	if (set_owner(fd, mode, as) == 0 && write_all(fd, data) == 0 && fsync(fd) == 0)
		rc = 0;
	saved = errno;
	if (close(fd) < 0 && rc == 0) {
		saved = errno;
		rc = -1;
	}
	if (rc == 0 && put_in_place(tmp, path, replace) < 0) {
		saved = errno;
		rc = -1;
	}
	if (rc == 0)
		rc = file_sync_directory_of(path);
	else {
		(void)unlink(tmp);
		errno = saved;
	}
out:
	saved = errno;
	free(tmp);
	errno = saved;
	return rc;
}

int
file_write(const char *path, struct slice data, mode_t mode)
{
	return write_beside(path, data, mode, true, NULL);
}

int
file_rewrite(const char *path, struct slice data)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : write_beside(path, data, 0, true, &st);
}

int
file_create(const char *path, struct slice data, mode_t mode)
{
	return write_beside(path, data, mode, false, NULL);
}

int
file_mkdirs(const char *path, mode_t mode)
{
	char *p = xstrdup(path), *at = p;
	struct stat st;
	int rc = 0, saved;

	while (rc == 0 && *at) {
		at += strspn(at, "/");
		at += strcspn(at, "/");
		char kept = *at;

		*at = '\0';
		if (mkdir(p, mode) < 0 && errno != EEXIST)
			rc = -1;
		*at = kept;
	}
	if (rc == 0)
		rc = stat(path, &st);
	if (rc == 0 && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		rc = -1;
	}
	saved = errno;
	free(p);
	errno = saved;
	return rc;
}
