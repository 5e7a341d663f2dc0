/* MANIFEST: the asset set's table of contents.  Text, a line
 * per file, sorted by path (strcmp), after a first line "nearpost-manifest 1":
 *
 *      <sha256 hex> <size> <media type> <path>
 *
 * The set's digest is "sha256:" and the SHA-256 of the file's bytes.
 * MANIFEST.sig: "<key id> <base64url Ed25519 signature over the bytes>\n", one
 * line per signer. */
#ifndef NEARPOST_MAIL_MANIFEST_H
#define NEARPOST_MAIL_MANIFEST_H

#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/mail/keyring.h"

#define MANIFEST_NAME "MANIFEST"
#define MANIFEST_SIG_NAME "MANIFEST.sig"
#define MANIFEST_FILES_MAX 100000
#define MANIFEST_PATH_MAX 1024
#define MANIFEST_SIZE_MAX (64 * 1024 * 1024)
#define MANIFEST_DIGEST_LEN 72 /* with the NUL: "sha256:" and 64 hex digits */

struct manifest_file {
	unsigned char sha256[SHA256_SIZE];
	int64_t size;
	const char *type;
	const char *path; /* relative, no "..", no leading "/", UTF-8 */
};
struct manifest {
	struct arena *arena;
	struct manifest_file *files; /* sorted by path */
	size_t n;
	char digest[MANIFEST_DIGEST_LEN];
};

/* What of a directory is in the set, sorted by path; strings in the arena.
 * Symlinks, sockets, names with control characters and the MANIFEST of a set
 * within the set are errors; hidden files, MANIFEST and README with and without an
 * ending, *.mk and source/ at the top are passed over.  -1 and a heap
 * *error_r that names the file. */
int manifest_walk(const char *dir, struct arena *arena,
    const char *const **paths_r, size_t *n_r, char **error_r);
/* The sets at root, the one built last first: root itself where it has a MANIFEST,
 * else the directories directly below that have one; hidden ones are passed over.
 * Strings in the arena.  -1 and a heap *error_r, also when there is none. */
int manifest_sets(const char *root, struct arena *arena,
    const char *const **dirs_r, size_t *n_r, char **error_r);
/* What manifest_build() would write of the directory as it is; nothing is.  NULL and
 * a heap *error_r that names the file. */
struct manifest *manifest_scan(const char *dir, char **error_r);
/* Walk a directory and write its MANIFEST; a MANIFEST.sig over other bytes is
 * removed.  -1 and a heap *error_r that names the file. */
int manifest_build(const char *dir, char **error_r);
/* Add the signer's line to MANIFEST.sig, or replace it. */
int manifest_sign(const char *dir, const struct keyring *signer, char **error_r);
/* NULL and a heap *error_r "MANIFEST:line: ...". */
struct manifest *manifest_parse(struct slice text, char **error_r);
struct manifest *manifest_load(const char *dir, char **error_r);
/* The same, and any one of the keys must have signed the very bytes that were
 * read. */
struct manifest *manifest_load_signed(const char *dir,
    const struct keyring *keys, char **error_r);
void manifest_free(struct manifest **m);
/* Every file is there and none besides; the contents are not looked at. */
int manifest_verify_names(const char *dir, const struct manifest *m,
    char **error_r);
/* Every file there, with its size and digest, and none besides. */
int manifest_verify_files(const char *dir, const struct manifest *m,
    char **error_r);
/* What to say and to do about a file of a set that cannot be read. */
const char *manifest_why(int error);
/* Are these the bytes of that file?  -1 and a heap *error_r. */
int manifest_check(const struct manifest_file *f, struct slice content,
    char **error_r);
const struct manifest_file *manifest_find(const struct manifest *m,
    const char *path);
struct manifest_changes {
	size_t added, gone, changed;
	int64_t new_bytes; /* of what was added or changed */
};
/* Appends "+ path", "- path", "~ path" lines, the size between the two. */
struct manifest_changes manifest_diff(const struct manifest *a,
    const struct manifest *b, struct buf *out);
/* By the file name's ending; "application/octet-stream" when unknown. */
const char *manifest_media_type(const char *path);

#endif
