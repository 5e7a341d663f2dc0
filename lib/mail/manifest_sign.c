/* Who vouches for a set.  Several may sign: then a key can be replaced while
 * gateways still know only the old one. */
#include "lib/mail/manifest.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/file.h"

#define SIG_FILE_MAX 65536

static int
read_part(const char *dir, const char *name, size_t max, struct buf *out,
    const char *remedy, char **error_r)
{
	char *path = xasprintf("%s/%s", dir, name);
	int r = file_read(path, max, out);

	if (r == -1)
		*error_r = xasprintf("%s: %s; %s", path, strerrordesc_np(errno),
		    remedy);
	free(path);
	return r;
}

int
manifest_sign(const char *dir, const struct keyring *signer, char **error_r)
{
	struct buf text = {0}, old = {0}, out = {0};
	unsigned char sig[ED25519_SIG_SIZE];
	struct slice rest, line;
	char id[9], *path = NULL;
	const struct pkey *key = keyring_signing(signer, id);
	int r = -1;

	if (!key) {
		*error_r = xstrdup("the key to sign with is no private key; name "
		                   "signing.pem");
		return -1;
	}
	if (read_part(dir, MANIFEST_NAME, MANIFEST_SIZE_MAX, &text,
	        "run nearpostctl assets build first", error_r) == -1)
		goto out;
	pkey_sign(key, slice_buf(&text), sig);
	path = xasprintf("%s/" MANIFEST_SIG_NAME, dir);
	if (file_read(path, SIG_FILE_MAX, &old) == -1 && errno != ENOENT) {
		*error_r = xasprintf("%s: %s", path, strerrordesc_np(errno));
		goto out;
	}
	for (rest = slice_buf(&old); slice_split(&rest, '\n', &line);)
		if (line.len > 8 && memcmp(line.data, id, 8) != 0) {
			buf_add_slice(&out, line);
			buf_add_char(&out, '\n');
		}
	buf_printf(&out, "%s ", id);
	base64url_encode(&out, sig, sizeof(sig));
	buf_add_char(&out, '\n');
	r = file_write(path, slice_buf(&out), 0644);
	if (r == -1)
		*error_r = xasprintf("%s: %s", path, strerrordesc_np(errno));
out:
	buf_free(&text);
	buf_free(&old);
	buf_free(&out);
	free(path);
	return r;
}

enum line_result {
	LINE_GOOD = 0,
	LINE_MALFORMED,
	LINE_UNKNOWN_KEY,
	LINE_WRONG
};

static enum line_result
check_line(struct slice line, struct slice text, const struct keyring *keys)
{
	struct slice id_part;
	const struct pkey *key;
	struct buf sig = {0};
	enum line_result r = LINE_MALFORMED;
	char id[9];

	if (!slice_split(&line, ' ', &id_part) || id_part.len != 8 ||
	    base64url_decode(&sig, line) == -1 || sig.len != ED25519_SIG_SIZE)
		goto out;
	memcpy(id, id_part.data, 8);
	id[8] = '\0';
	key = keyring_find(keys, id);
	if (!key)
		r = LINE_UNKNOWN_KEY;
	else if (pkey_verify(key, text, (const unsigned char *)sig.data))
		r = LINE_GOOD;
	else
		r = LINE_WRONG;
out:
	buf_free(&sig);
	return r;
}

static int
check_signatures(const char *dir, struct slice text, const struct keyring *keys,
    char **error_r)
{
	static const char *const faults[] = {
	    [LINE_GOOD] = "is empty; sign the set",
	    [LINE_MALFORMED] = "is no signature file; sign the set again",
	    [LINE_UNKNOWN_KEY] = "is signed by a key that is not known here; put "
	                         "the signer's public key into the key directory",
	    [LINE_WRONG] = "does not fit the manifest, which was changed after it "
	                   "was signed; copy both again, or sign the set again"};
	struct buf sigs = {0};
	struct slice rest, line;
	enum line_result worst = LINE_GOOD, now;
	bool good = false;

	if (read_part(dir, MANIFEST_SIG_NAME, SIG_FILE_MAX, &sigs,
	        "sign the set: nearpostctl assets sign", error_r) == -1) {
		buf_free(&sigs);
		return -1;
	}
	for (rest = slice_buf(&sigs); !good && slice_split(&rest, '\n', &line);) {
		now = check_line(line, text, keys);
		good = now == LINE_GOOD;
		worst = now > worst ? now : worst;
	}
	buf_free(&sigs);
	if (good)
		return 0;
	*error_r = xasprintf("%s/" MANIFEST_SIG_NAME ": %s", dir, faults[worst]);
	return -1;
}

struct manifest *
manifest_load_signed(const char *dir, const struct keyring *keys,
    char **error_r)
{
	struct buf text = {0};
	struct manifest *m = NULL;
	char *fault = NULL;

	*error_r = NULL;
	if (read_part(dir, MANIFEST_NAME, MANIFEST_SIZE_MAX, &text,
	        "run nearpostctl assets build, or copy the set here", error_r) ==
	        0 &&
	    (!keys || check_signatures(dir, slice_buf(&text), keys, error_r) == 0)) {
		m = manifest_parse(slice_buf(&text), &fault);
		if (!m)
			*error_r = xasprintf("%s/%s", dir, fault);
	}
	free(fault);
	buf_free(&text);
	return m;
}

struct manifest *
manifest_load(const char *dir, char **error_r)
{
	return manifest_load_signed(dir, NULL, error_r);
}
