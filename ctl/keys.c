/* nearpostctl keys: the signing key, the CA, and a certificate per host.
 *
 *      DIR/keys/signing.pem      private; signs tickets and manifests
 *      DIR/keys/next.pem         is to take its place
 *      DIR/keys/public/ID.pem    what gateways check with
 *      DIR/tls/ca.pem ca.key.pem the small CA (its key stays here)
 *      DIR/tls/cert.pem key.pem  this host's certificate, server and client
 *
 * `keys host` makes the same tree for another host, to be carried there: without
 * the signing key and without the CA's key, so that a stolen gateway can mint
 * neither stubs nor gateways. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/base/crypto.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/mail/address.h"
#include "lib/mail/ticket.h"

#define CA_DAYS 3650
#define HOST_DAYS 825
#define EXPIRY_WARN_MS (30LL * 24 * 3600 * 1000)

static int
make_dirs(const char *dir)
{
	static const char *const names[] = {"keys/public", "tls"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = xasprintf("%s/%s", dir, names[i]);
		int bad = file_mkdirs(path, 0755);

		if (bad)
			log_warn("%s", path);
		free(path);
		if (bad)
			return -1;
	}
	return 0;
}

/* What is there is kept: a key that is made anew makes worthless what the old one
 * signed, a new CA cuts off every gateway. */
static bool
kept(const char *path)
{
	if (access(path, F_OK) < 0)
		return false;
	printf("%s is there already and is kept\n", path);
	return true;
}

static struct pkey *
signing_key(const char *path)
{
	struct pkey *key;
	const char *error;

	if (kept(path)) {
		key = pkey_load_private(path, &error);
		if (!key)
			log_warnx("%s: %s", path, error);
		return key;
	}
	key = pkey_generate();
	if (pkey_save_private(key, path) < 0) {
		log_warn("%s", path);
		pkey_free(&key);
	} else
		printf("signing key: %s\n", path);
	return key;
}

/* name: of the private key's file. */
static int
init_signing(const char *dir, const char *name)
{
	char *secret = xasprintf("%s/keys/%s", dir, name), *public, id[9];
	struct pkey *key = signing_key(secret);
	int bad = 0;

	free(secret);
	if (!key)
		return -1;
	pkey_id(key, id);
	public = xasprintf("%s/keys/public/%s.pem", dir, id);
	if (!kept(public)) {
		bad = pkey_save_public(key, public);
		if (bad)
			log_warn("%s", public);
		else
			printf("public key %s: %s\n", id, public);
	}
	pkey_free(&key);
	free(public);
	return bad;
}

/* A certificate from dir's CA for `id`, into out/tls. */
static int
issue(const char *dir, const char *out, const char *id, const char *host)
{
	char *ca = xasprintf("%s/tls/ca.pem", dir);
	char *ca_key = xasprintf("%s/tls/ca.key.pem", dir);
	char *cert = xasprintf("%s/tls/cert.pem", out);
	char *key = xasprintf("%s/tls/key.pem", out);
	const char *error;
	int bad = ca_issue(ca, ca_key, id, host, cert, key, HOST_DAYS,
	    clock_wall_ms(), &error);

	if (bad)
		log_warnx("certificate for %s: %s", host, error);
	else
		printf("certificate of %s (%s): %s\n", id, host, cert);
	free(ca);
	free(ca_key);
	free(cert);
	free(key);
	return bad;
}

static int
init_ca(const char *dir)
{
	char *ca = xasprintf("%s/tls/ca.pem", dir);
	char *ca_key = xasprintf("%s/tls/ca.key.pem", dir);
	const char *error;
	int bad = 0;

	/* Its key may be kept elsewhere. */
	if (!kept(ca)) {
		bad = ca_create(ca, ca_key, "nearpost CA", CA_DAYS,
		    clock_wall_ms(), &error);
		if (bad)
			log_warnx("%s: %s", ca, error);
		else
			printf("CA: %s\n", ca);
	}
	free(ca);
	free(ca_key);
	return bad;
}

static int
init_host(const char *dir, const char *host)
{
	char *cert = xasprintf("%s/tls/cert.pem", dir);
	int bad = kept(cert) ? 0 : issue(dir, dir, "initiator", host);

	free(cert);
	return bad;
}

/* Each apart, so that what failed the last time can be had by the same
 * command. */
static int
keys_init(const char *dir, const char *host)
{
	return make_dirs(dir) || init_signing(dir, "signing.pem") ||
	    init_ca(dir) ||
	    init_host(dir, host) ? EX_CANTCREAT : EX_OK;
}

static int
keys_next(const char *dir)
{
	if (make_dirs(dir) || init_signing(dir, "next.pem"))
		return EX_CANTCREAT;
	printf("carry the public key to every gateway before the signing key "
	       "is replaced: nearpost(7)\n");
	return EX_OK;
}

static int
copy_file(const char *from_dir, const char *to_dir, const char *name)
{
	char *from = xasprintf("%s/%s", from_dir, name);
	char *to = xasprintf("%s/%s", to_dir, name);
	struct buf data = {0};
	int bad = file_read(from, 1 << 20, &data);

	if (bad)
		log_warn("%s", from);
	else if ((bad = file_write(to, slice_buf(&data), 0644)) != 0)
		log_warn("%s", to);
	buf_free(&data);
	free(from);
	free(to);
	return bad;
}

static int
copy_public_keys(const char *dir, const char *out)
{
	char *path = xasprintf("%s/keys/public", dir);
	DIR *d = opendir(path);
	struct dirent *e;
	int bad = d == NULL;

	if (bad)
		log_warn("%s", path);
	while (!bad && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);
		char *name;

		if (n < 5 || strcmp(e->d_name + n - 4, ".pem") != 0)
			continue;
		name = xasprintf("keys/public/%s", e->d_name);
		bad = copy_file(dir, out, name);
		free(name);
	}
	if (d)
		(void)closedir(d);
	free(path);
	return bad;
}

static int
keys_host(const char *dir, const char *id, const char *host, const char *out)
{
	if (!address_id_ok(slice_of(id))) {
		log_warnx("\"%s\" is no gateway id: use 1 to 16 of a-z and 0-9",
		    id);
		return EX_USAGE;
	}
	if (make_dirs(out) || issue(dir, out, id, host) ||
	    copy_file(dir, out, "tls/ca.pem") || copy_public_keys(dir, out))
		return EX_CANTCREAT;
	printf("carry %s to %s as its /etc/nearpost\n", out, host);
	return EX_OK;
}

static void
show_cert(const char *dir, const char *name)
{
	char *path = xasprintf("%s/tls/%s", dir, name), *cn, day[16];
	const char *error;
	int64_t until;

	if (cert_read(path, &cn, &until, &error) == 0) {
		time_t t = (time_t)(until / 1000);
		struct tm tm;

		(void)strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&t, &tm));
		printf("%-28s %-16s until %s%s\n", path, cn, day,
		    until - clock_wall_ms() < EXPIRY_WARN_MS ?
		    "  RENEW IT: see nearpostctl(1)" : "");
		free(cn);
	} else
		printf("%-28s %s\n", path, error);
	free(path);
}

static void
show_signing(const char *dir, const char *name, const char *use)
{
	char *path = xasprintf("%s/keys/%s", dir, name), id[9];
	char *error = NULL;
	struct keyring *ring = NULL;

	if (access(path, F_OK) == 0) {
		ring = keyring_load(path, &error);
		if (ring && keyring_signing(ring, id))
			printf("%-28s key id %s (%s)\n", path, id, use);
		else
			printf("%-28s %s\n", path,
			    error ? error : "no private key");
	}
	free(error);
	keyring_unref(&ring);
	free(path);
}

static int
keys_show(const char *dir)
{
	show_signing(dir, "signing.pem", "signs tickets and manifests");
	show_signing(dir, "next.pem", "will, in its place");
	show_cert(dir, "ca.pem");
	show_cert(dir, "cert.pem");
	return EX_OK;
}

static int
usage(void)
{
	fputs("usage: nearpostctl keys init HOST [--dir DIR]\n"
	      "       nearpostctl keys next [--dir DIR]\n"
	      "       nearpostctl keys host ID HOST --out OUTDIR [--dir DIR]\n"
	      "       nearpostctl keys show [--dir DIR]\n"
	      "DIR is that of nearpost.conf when not given.\n", stderr);
	return EX_USAGE;
}

int
keys_command(struct ctl *ctl, int argc, char **argv)
{
	char *path = xstrdup(ctl->config_path);
	const char *dir = dirname(path), *out = NULL, *words[4];
	int n = 0, status = -1;

	/* The programs' user has to get at the public ones, here and where the
	 * directories are carried to; secrets have their mode from elsewhere. */
	(void)umask(022);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc)
			dir = argv[++i];
		else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
			out = argv[++i];
		else if (argv[i][0] != '-' && n < 4)
			words[n++] = argv[i];
		else
			n = 4;
	}
	if (n == 2 && strcmp(words[0], "init") == 0)
		status = keys_init(dir, words[1]);
	else if (n == 1 && strcmp(words[0], "next") == 0)
		status = keys_next(dir);
	else if (n == 3 && strcmp(words[0], "host") == 0 && out)
		status = keys_host(dir, words[1], words[2], out);
	else if (n == 1 && strcmp(words[0], "show") == 0)
		status = keys_show(dir);
	free(path);
	return status < 0 ? usage() : status;
}
