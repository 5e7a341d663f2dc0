/* Keys and files of this host. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "lib/base/clock.h"
#include "lib/base/crypto.h"
#include "lib/base/loop.h"
#include "lib/mail/assets.h"

/* id: whose it has to be; NULL: anybody's. */
static void
check_cert(struct doctor *d, const char *path, const char *id)
{
	const char *error;
	int64_t until;
	char *cn;

	if (cert_read(path, &cn, &until, &error) < 0) {
		doctor_say(d, FINDING_FAIL, "certificate", "%s: %s; make one "
		    "with nearpostctl keys", path, error);
		return;
	}
	doctor_judge_expiry(d, path, cn, until - clock_wall_ms());
	if (id)
		doctor_judge_owner(d, path, cn, id);
	free(cn);
}

/* The three files belong together.  One that cannot be read was named before. */
static void
check_tls(struct doctor *d, const struct config_tls *tls)
{
	char *why;
	struct tls *all;

	if (access(tls->cert, R_OK) < 0 || access(tls->key, R_OK) < 0 ||
	    access(tls->ca, R_OK) < 0)
		return;
	all = tls_new(tls->cert, tls->key, tls->ca, &why);
	if (all)
		doctor_say(d, FINDING_OK, "TLS", "certificate and key belong "
		    "together");
	else
		doctor_say(d, FINDING_FAIL, "TLS", "%s; make the pair anew with "
		    "nearpostctl keys", why);
	if (!all)
		free(why);
	tls_free(&all);
}

static void
check_secret(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		doctor_say(d, FINDING_FAIL, "secret", "%s: %s", path,
		    errno == ENOENT ? "missing; nearpostctl keys makes it" :
		    "cannot be read");
	else if (st.st_mode & 077)
		doctor_say(d, FINDING_FAIL, "secret", "%s can be read by others; "
		    "chmod 600", path);
	else
		doctor_say(d, FINDING_OK, "secret", "%s", path);
}

static struct keyring *
load_ring(struct doctor *d, const char *path)
{
	char *error = NULL;
	struct keyring *ring = keyring_load(path, &error);

	if (!ring)
		doctor_say(d, FINDING_FAIL, "keys", "%s", error);
	free(error);
	return ring;
}

static void
check_signing(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	struct keyring *sign = load_ring(d, c->milter.signing_key);
	struct keyring *public = load_ring(d, c->policyd.manifest_keys);
	char id[9];

	if (sign && public) {
		if (!keyring_signing(sign, id))
			doctor_say(d, FINDING_FAIL, "signing key",
			    "%s holds no private key", c->milter.signing_key);
		else if (!keyring_find(public, id))
			doctor_say(d, FINDING_FAIL, "signing key", "key %s is "
			    "not among the public keys in %s: gateways would "
			    "put its stubs off", id, c->policyd.manifest_keys);
		else
			doctor_say(d, FINDING_OK, "signing key", "%s", id);
	}
	keyring_unref(&sign);
	keyring_unref(&public);
}

void
doctor_keys(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	const struct config_tls *tls = d->gateway ? &c->agent.tls :
	    &c->policyd.tls;

	check_cert(d, tls->ca, NULL);
	check_cert(d, tls->cert, d->gateway ? c->agent.id : NULL);
	check_secret(d, tls->key);
	check_tls(d, tls);
	if (d->gateway) {
		struct keyring *ring = load_ring(d, c->agent.keys);

		if (ring)
			doctor_say(d, FINDING_OK, "public keys", "%zu in %s",
			    keyring_count(ring), c->agent.keys);
		keyring_unref(&ring);
		return;
	}
	check_secret(d, c->milter.signing_key);
	check_signing(d);
}

static void
check_set(struct doctor *d, const char *dir, const struct keyring *ring)
{
	char *error = NULL;
	struct manifest *m = manifest_load_signed(dir, ring, &error);

	if (!m || (d->gateway && manifest_verify_files(dir, m, &error) < 0))
		doctor_say(d, FINDING_FAIL, "asset set", "%s", error);
	else
		doctor_say(d, FINDING_OK, "asset set", "%s: %zu files, %s", dir,
		    m->n, m->digest);
	free(error);
	manifest_free(&m);
}

void
doctor_assets(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	struct keyring *ring = load_ring(d,
	    d->gateway ? c->agent.keys : c->policyd.manifest_keys);
	const char *const *dirs;
	char *error = NULL;
	size_t n, i;

	if (!ring)
		return;
	if (!d->gateway)
		check_set(d, c->policyd.assets, ring);
	else if (manifest_sets(c->agent.assets, d->arena, &dirs, &n, &error) < 0)
		doctor_say(d, FINDING_FAIL, "asset set", "%s", error);
	else
		for (i = 0; i < n; i++)
			check_set(d, dirs[i], ring);
	free(error);
	keyring_unref(&ring);
}
