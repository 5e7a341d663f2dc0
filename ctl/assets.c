/* nearpostctl assets: the set's table of contents, its signature, its health. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/assets_status.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/assets.h"

static int
failed(char *error)
{
	log_warnx("%s", error);
	free(error);
	return EX_DATAERR;
}

static int
show_manifest(const char *dir)
{
	char *error = NULL, size[32];
	struct manifest *m = manifest_load(dir, &error);
	int64_t bytes = 0;

	if (!m)
		return failed(error);
	for (size_t i = 0; i < m->n; i++)
		bytes += m->files[i].size;
	text_human_bytes(size, sizeof(size), bytes);
	printf("%zu files, %s, %s\n", m->n, size, m->digest);
	manifest_free(&m);
	return EX_OK;
}

/* A fault in each campaign, so that they can be mended at one go. */
static int
check_campaigns(const char *dir, const struct manifest *m)
{
	struct setting_list names = {0};
	char *error = NULL;
	int status = EX_OK;

	if (campaign_list(m, &names) < 0 || names.n == 0) {
		log_warnx("%s has no campaign: make a directory with a "
		          "campaign.conf in it", dir);
		status = EX_DATAERR;
	}
	for (size_t i = 0; i < names.n; i++) {
		struct campaign *c =
		    campaign_load(dir, names.items[i], m, &error);

		if (!c)
			status = failed(error);
		campaign_free(&c);
		free(names.items[i]);
	}
	free(names.items);
	return status;
}

/* What a gateway would refuse must not get a signature. */
static int
check_set(const char *dir)
{
	char *error = NULL;
	struct manifest *m = manifest_load(dir, &error);
	int status;

	if (!m)
		return failed(error);
	status = check_campaigns(dir, m);
	if (status == EX_OK && assets_check(dir, m, &error) < 0)
		status = failed(error);
	manifest_free(&m);
	return status;
}

static int
assets_build(const char *dir)
{
	char *error = NULL;
	int status;

	if (manifest_build(dir, &error) < 0)
		return failed(error);
	status = check_set(dir);
	return status == EX_OK ? show_manifest(dir) : status;
}

static int
assets_sign(const char *dir, const char *key)
{
	char *error = NULL, id[9];
	struct keyring *ring = keyring_load(key, &error);
	int status;

	if (!ring)
		return failed(error);
	status = check_set(dir);
	if (status != EX_OK) {
		log_warnx("not signed");
	} else if (!keyring_signing(ring, id)) {
		log_warnx("%s holds no private key", key);
		status = EX_DATAERR;
	} else if (manifest_sign(dir, ring, &error) < 0)
		status = failed(error);
	else
		printf("signed with key %s\n", id);
	keyring_unref(&ring);
	return status;
}

static int
verify_set(const char *dir, const struct keyring *ring)
{
	char *error = NULL;
	struct assets *set = assets_load(dir, ring, &error);

	if (!set)
		return failed(error);
	assets_unref(&set);
	printf("%s: signature and every file are right: ", dir);
	return show_manifest(dir);
}

/* A set, or all those of a gateway. */
static int
assets_verify(const char *dir, const char *keys)
{
	struct arena *arena = arena_new();
	char *error = NULL;
	struct keyring *ring = keyring_load(keys, &error);
	const char *const *dirs;
	int status = EX_OK;
	size_t n = 0;

	if (!ring || manifest_sets(dir, arena, &dirs, &n, &error) < 0)
		status = failed(error);
	for (size_t i = 0; i < n; i++)
		if (verify_set(dirs[i], ring) != EX_OK)
			status = EX_DATAERR;
	keyring_unref(&ring);
	arena_free(&arena);
	return status;
}

static int
assets_diff(const char *a_dir, const char *b_dir)
{
	char *error = NULL;
	struct manifest *a = manifest_load(a_dir, &error), *b = NULL;
	struct manifest_changes sum;
	struct buf out = {0};
	char size[32];
	bool same;

	if (!a)
		return failed(error);
	b = manifest_load(b_dir, &error);
	if (!b) {
		manifest_free(&a);
		return failed(error);
	}
	sum = manifest_diff(a, b, &out);
	(void)fwrite(out.data, 1, out.len, stdout);
	text_human_bytes(size, sizeof(size), sum.new_bytes);
	same = strcmp(a->digest, b->digest) == 0;
	if (same)
		printf("the same set, %s\n", a->digest);
	else
		printf("%zu new, %zu gone, %zu changed; %s to copy\n",
		    sum.added, sum.gone, sum.changed, size);
	buf_free(&out);
	manifest_free(&a);
	manifest_free(&b);
	return same ? EX_OK : 1;
}

static int
usage(void)
{
	fputs("usage: nearpostctl assets build DIR\n"
	      "       nearpostctl assets sign DIR [--key PRIVATE.pem]\n"
	      "       nearpostctl assets verify DIR [--keys DIR|PUBLIC.pem]\n"
	      "       nearpostctl assets diff DIR DIR\n"
	      "       nearpostctl assets status [DIR|sha256:...] [--json]\n",
	    stderr);
	return EX_USAGE;
}

int
assets_command(struct ctl *ctl, int argc, char **argv)
{
	const char *key = ctl->config.milter.signing_key;
	const char *keys = *ctl->config.agent.id ?
	    ctl->config.agent.keys : ctl->config.policyd.manifest_keys;
	const char *words[4];
	bool json = false;
	int n = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--key") == 0 && i + 1 < argc)
			key = argv[++i];
		else if (strcmp(argv[i], "--keys") == 0 && i + 1 < argc)
			keys = argv[++i];
		else if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (argv[i][0] != '-' && n < 4)
			words[n++] = argv[i];
		else
			return usage();
	}
	if (n == 2 && strcmp(words[0], "build") == 0)
		return assets_build(words[1]);
	if (n == 2 && strcmp(words[0], "sign") == 0)
		return assets_sign(words[1], key);
	if (n == 2 && strcmp(words[0], "verify") == 0)
		return assets_verify(words[1], keys);
	if (n == 3 && strcmp(words[0], "diff") == 0)
		return assets_diff(words[1], words[2]);
	if ((n == 1 || n == 2) && strcmp(words[0], "status") == 0)
		return assets_status(ctl, n == 2 ? words[1] : NULL, json);
	return usage();
}
