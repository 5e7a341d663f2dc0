/* A directory with one bad file in it is refused as a whole: a signer whose key
 * silently went missing would be found out by lost mail. */
#include "lib/mail/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/codec.h"
#include "lib/base/mem.h"

struct entry {
	char id[9];
	struct pkey *key;
};

struct keyring {
	atomic_int refs;
	bool can_sign; /* the one entry is a private key */
	struct entry *entries;
	size_t n;
};

void
pkey_id(const struct pkey *key, char key_id_r[9])
{
	unsigned char raw[ED25519_PUBLIC_SIZE], digest[SHA256_SIZE];
	struct buf hex = {0};

	pkey_raw_public(key, raw);
	sha256(raw, sizeof(raw), digest);
	hex_encode(&hex, digest, 4);
	memcpy(key_id_r, hex.data, 9);
	buf_free(&hex);
}

const struct pkey *
keyring_find(const struct keyring *k, const char *key_id)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (strcmp(k->entries[i].id, key_id) == 0)
			return k->entries[i].key;
	return NULL;
}

static int
add(struct keyring *k, struct pkey *key, const char **error_r)
{
	struct entry e = {.key = key};

	pkey_id(key, e.id);
	if (keyring_find(k, e.id) || k->n == KEYRING_MAX) {
		*error_r = k->n == KEYRING_MAX ? "there are more than 1000 keys"
		                               : "the same key is there twice";
		pkey_free(&key);
		return -1;
	}
	k->entries = xrealloc(k->entries, (k->n + 1) * sizeof(*k->entries));
	k->entries[k->n++] = e;
	return 0;
}

static int
load_file(struct keyring *k, const char *path, const char **error_r)
{
	const char *ignored;
	struct pkey *key = pkey_load_private(path, &ignored);

	if (key) {
		k->can_sign = true;
		return add(k, key, error_r);
	}
	key = pkey_load_public(path, error_r);
	return key ? add(k, key, error_r) : -1;
}

static bool
is_key_name(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".pem") == 0;
}

static int
load_dir(struct keyring *k, const char *dir, const char **error_r)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int r = 0;

	if (!d) {
		*error_r = strerrordesc_np(errno);
		return -1;
	}
	while (r == 0 && (e = readdir(d)) != NULL) {
		char *path;
		struct pkey *key;

		if (!is_key_name(e->d_name))
			continue;
		path = xasprintf("%s/%s", dir, e->d_name);
		key = pkey_load_public(path, error_r);
		if (!key)
			*error_r = "a .pem file in this directory is no readable "
			           "Ed25519 public key; take it out";
		r = key ? add(k, key, error_r) : -1;
		free(path);
	}
	(void)closedir(d);
	if (r == 0 && k->n == 0) {
		*error_r = "there is no public key (*.pem) in this directory";
		return -1;
	}
	return r;
}

struct keyring *
keyring_load(const char *path, const char **error_r)
{
	struct keyring *k = xcalloc(1, sizeof(*k));
	struct stat st;
	int r;

	atomic_init(&k->refs, 1);
	if (stat(path, &st) == -1) {
		*error_r = strerrordesc_np(errno);
		r = -1;
	} else {
		r = S_ISDIR(st.st_mode) ? load_dir(k, path, error_r)
		                        : load_file(k, path, error_r);
	}
	if (r == -1)
		keyring_unref(&k);
	return k;
}

struct keyring *
keyring_ref(struct keyring *k)
{
	atomic_fetch_add(&k->refs, 1);
	return k;
}

void
keyring_unref(struct keyring **k)
{
	size_t i;

	if (!*k)
		return;
	if (atomic_fetch_sub(&(*k)->refs, 1) == 1) {
		for (i = 0; i < (*k)->n; i++)
			pkey_free(&(*k)->entries[i].key);
		free((*k)->entries);
		free(*k);
	}
	*k = NULL;
}

const struct pkey *
keyring_signing(const struct keyring *k, char key_id_r[9])
{
	if (!k->can_sign)
		return NULL;
	memcpy(key_id_r, k->entries[0].id, sizeof(k->entries[0].id));
	return k->entries[0].key;
}

size_t
keyring_count(const struct keyring *k)
{
	return k->n;
}
