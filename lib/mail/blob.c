/* Reading in pieces of whole base64 lines keeps a set of one huge video within
 * the memory that its base64 takes; a mapping would do so too, but a file that is
 * cut short under it would end the expander. */
#include "lib/mail/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/codec.h"

#define PIECE (57 * 4096) /* 57 octets are one line of 76 characters */

struct blob {
	atomic_int refs;
	struct buf base64;
};

static int
fail(char **error_r, const char *dir, const struct manifest_file *f,
    const char *what)
{
	*error_r = xasprintf("%s/%s: %s", dir, f->path, what);
	return -1;
}

/* Fill the piece unless the file ends; the octets, or -1 with errno. */
static ssize_t
read_piece(int fd, char *piece)
{
	size_t have = 0;

	while (have < PIECE) {
		ssize_t n = read(fd, piece + have, PIECE - have);

		if (n == 0)
			break;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int
read_all(int fd, const char *dir, const struct manifest_file *f,
    struct buf *out, char **error_r)
{
	unsigned char digest[SHA256_SIZE];
	struct sha256 *hash = sha256_new();
	char *piece = xmalloc(PIECE);
	int64_t total = 0;
	ssize_t n;

	while ((n = read_piece(fd, piece)) > 0 && total <= f->size) {
		total += n;
		sha256_add(hash, piece, (size_t)n);
		/* A file that has grown must not outgrow its buffer. */
		if (out && total <= f->size)
			base64_encode_mime(out, piece, (size_t)n);
	}
	sha256_end(&hash, digest);
	free(piece);
	if (n == -1)
		return fail(error_r, dir, f, manifest_why(errno));
	if (total != f->size)
		return fail(error_r, dir, f, "is not the file in the manifest "
		    "(other size); copy it again, or build and sign the set");
	if (memcmp(digest, f->sha256, sizeof(digest)) != 0)
		return fail(error_r, dir, f, "is not the file in the manifest "
		    "(other digest); copy it again, or build and sign the set");
	return 0;
}

int
blob_read(const char *dir, const struct manifest_file *f,
    struct blob **blob_r, char **error_r)
{
	char *path = xasprintf("%s/%s", dir, f->path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct blob *b = NULL;
	struct stat st;
	int r;

	free(path);
	if (fd == -1)
		return fail(error_r, dir, f, manifest_why(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size != f->size) {
		(void)close(fd);
		return fail(error_r, dir, f, "is not the file in the manifest "
		    "(other size); copy it again, or build and sign the set");
	}
	if (blob_r) {
		b = xcalloc(1, sizeof(*b));
		atomic_init(&b->refs, 1);
		/* To the octet: what a buf grows by would be held for good. */
		b->base64.cap = base64_mime_size((size_t)f->size) + 1;
		b->base64.data = xmalloc(b->base64.cap);
		b->base64.data[0] = '\0';
	}
	r = read_all(fd, dir, f, b ? &b->base64 : NULL, error_r);
	(void)close(fd);
	if (r == -1)
		blob_unref(&b);
	if (blob_r)
		*blob_r = b;
	return r;
}

struct blob *
blob_ref(struct blob *b)
{
	atomic_fetch_add(&b->refs, 1);
	return b;
}

void
blob_unref(struct blob **b)
{
	if (*b && atomic_fetch_sub(&(*b)->refs, 1) == 1) {
		buf_free(&(*b)->base64);
		free(*b);
	}
	*b = NULL;
}

struct slice
blob_base64(const struct blob *b)
{
	return slice_buf(&b->base64);
}
