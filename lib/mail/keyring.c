/* A handful of keys: a list.  Private or public is told by the PEM label and not
 * by trying both, so that the error is that of the key which is there. */
#include "lib/mail/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/codec.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

#define PEM_MAX 65536

struct entry {
	char id[KEYRING_ID_SIZE];
	struct pkey *key;
	bool private;
};
struct keyring {
	atomic_uint refs;
	size_t n;
	struct entry keys[KEYRING_MAX];
};

void
pkey_id(const struct pkey *key, char key_id_r[KEYRING_ID_SIZE])
{
	unsigned char raw[ED25519_PUBLIC_SIZE], digest[SHA256_SIZE];
	struct buf hex = {0};

	pkey_raw_public(key, raw);
	sha256(raw, sizeof(raw), digest);
	hex_encode(&hex, digest, (KEYRING_ID_SIZE - 1) / 2);
	memcpy(key_id_r, hex.data, KEYRING_ID_SIZE);
	buf_free(&hex);
}

static struct entry *
find(const struct keyring *k, const char *key_id)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (strcmp(k->keys[i].id, key_id) == 0)
			return (struct entry *)(uintptr_t)&k->keys[i];
	return NULL;
}

/* 1, 0, or -1 when the file cannot be read. */
static int
holds_private(const char *path)
{
	struct buf pem = {0};
	int found = -1;

	if (file_read(path, PEM_MAX, &pem) == 0)
		found = pem.len &&
		    memmem(pem.data, pem.len, "PRIVATE KEY-----", 16) != NULL;
	if (pem.data)
		explicit_bzero(pem.data, pem.len);
	buf_free(&pem);
	return found;
}

static int
add_file(struct keyring *k, const char *path, char **error_r)
{
	struct entry new = {0}, *old;
	const char *why = NULL;
	int private = holds_private(path);

	if (private < 0)
		why = strerrordesc_np(errno);
	else
		new.key = private ? pkey_load_private(path, &why)
		                  : pkey_load_public(path, &why);
	if (!new.key) {
		*error_r = xasprintf("key file %s: %s", path, why);
		return -1;
	}
	pkey_id(new.key, new.id);
	new.private = private;
	old = find(k, new.id);
	if (!old && k->n == KEYRING_MAX) {
		*error_r = xasprintf("key file %s: it is one more than %d", path,
		    KEYRING_MAX);
		pkey_free(&new.key);
		return -1;
	}
	if (!old) {
		k->keys[k->n++] = new;
	} else if (new.private && !old->private) {
		pkey_free(&old->key); /* the private one can do all of it */
		*old = new;
	} else {
		pkey_free(&new.key);
	}
	return 0;
}

static int
is_pem(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 4 &&
	    strcmp(e->d_name + len - 4, ".pem") == 0;
}

static int
add_directory(struct keyring *k, const char *path, char **error_r)
{
	struct dirent **names = NULL;
	int i, n = scandir(path, &names, is_pem, alphasort), rc = 0;
	char *file;

	if (n < 0) {
		*error_r = xasprintf("key directory %s: %s", path,
		    strerrordesc_np(errno));
		return -1;
	}
	for (i = 0; i < n; i++) {
		file = xasprintf("%s/%s", path, names[i]->d_name);
		if (rc == 0)
			rc = add_file(k, file, error_r);
		free(file);
		free(names[i]);
	}
	free(names);
	if (n == 0) {
		*error_r = xasprintf("key directory %s: there is no *.pem in it "
		                     "(nearpostctl keys makes them)", path);
		return -1;
	}
	return rc;
}

struct keyring *
keyring_load(const char *path, char **error_r)
{
	struct keyring *k = xcalloc(1, sizeof(*k));
	struct stat st;
	int rc;

	atomic_init(&k->refs, 1);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		rc = add_directory(k, path, error_r);
	else
		rc = add_file(k, path, error_r);
	if (rc < 0)
		keyring_unref(&k);
	return k;
}

struct keyring *
keyring_ref(struct keyring *k)
{
	atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

void
keyring_unref(struct keyring **k)
{
	struct keyring *ring = *k;
	size_t i;

	*k = NULL;
	if (!ring ||
	    atomic_fetch_sub_explicit(&ring->refs, 1, memory_order_acq_rel) > 1)
		return;
	for (i = 0; i < ring->n; i++)
		pkey_free(&ring->keys[i].key);
	free(ring);
}

const struct pkey *
keyring_find(const struct keyring *k, const char *key_id)
{
	const struct entry *e = find(k, key_id);

	return e ? e->key : NULL;
}

const struct pkey *
keyring_signing(const struct keyring *k, char key_id_r[KEYRING_ID_SIZE])
{
	const struct entry *only = NULL;
	size_t i;

	for (i = 0; i < k->n; i++) {
		if (!k->keys[i].private)
			continue;
		if (only)
			return NULL;
		only = &k->keys[i];
	}
	if (!only)
		return NULL;
	memcpy(key_id_r, only->id, KEYRING_ID_SIZE);
	return only->key;
}

size_t
keyring_count(const struct keyring *k)
{
	return k->n;
}
