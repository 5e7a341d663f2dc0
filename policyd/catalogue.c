#include "policyd/catalogue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/keyring.h"

#define CONF_SIZE_MAX (1024 * 1024)
#define BASE64_LINES 1.37 /* 4/3, and two octets a line of 76 */
#define HEADERS_BYTES 2000.0

struct catalogue {
	struct manifest *manifest;
	struct campaign **list;
	size_t n;
};

/* The campaign.conf on disk is the one that was signed. */
static int
check_conf(const char *dir, const struct manifest *m, const char *name,
    char **error_r)
{
	char *relative = xasprintf("%s/%s", name, CAMPAIGN_CONF);
	char *path = xasprintf("%s/%s", dir, relative);
	const struct manifest_file *f = manifest_find(m, relative);
	struct buf content = {0};
	int rc = -1;

	if (!f)
		*error_r = xasprintf("%s is not in the MANIFEST", relative);
	else if (file_read(path, CONF_SIZE_MAX, &content) != 0)
		*error_r =
		    xasprintf("%s: %s", path, strerrordesc_np(errno));
	else
		rc = manifest_check(f, slice_buf(&content), error_r);
	buf_free(&content);
	free(path);
	free(relative);
	return rc;
}

static int
load_campaigns(struct catalogue *c, const char *dir, char **error_r)
{
	struct setting_list names = {0};
	size_t i;
	int rc = 0;

	(void)campaign_list(c->manifest, &names);
	c->list = xcalloc(names.n + 1, sizeof(struct campaign *));
	for (i = 0; i < names.n && rc == 0; i++) {
		rc = check_conf(dir, c->manifest, names.items[i], error_r);
		if (rc != 0)
			break;
		c->list[c->n] =
		    campaign_load(dir, names.items[i], c->manifest, error_r);
		if (!c->list[c->n]) {
			rc = -1;
			break;
		}
		if (!campaign_has_fallback(c->list[c->n]))
			log_info("campaign=%s has no creative for everybody "
				 "(without when, or with fallback = yes): stubs "
				 "for some recipients may be refused",
			    names.items[i]);
		c->n++;
	}
	for (i = 0; i < names.n; i++)
		free(names.items[i]);
	free(names.items);
	return rc;
}

struct catalogue *
catalogue_load(const char *dir, const char *keys, char **error_r)
{
	struct catalogue *c;
	struct keyring *ring;

	ring = keyring_load(keys, error_r);
	if (!ring)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->manifest = manifest_load_signed(dir, ring, error_r);
	keyring_unref(&ring);
	if (!c->manifest || load_campaigns(c, dir, error_r) != 0)
		catalogue_free(&c);
	return c;
}

void
catalogue_free(struct catalogue **cp)
{
	struct catalogue *c = *cp;
	size_t i;

	if (!c)
		return;
	*cp = NULL;
	for (i = 0; i < c->n; i++)
		campaign_free(&c->list[i]);
	free(c->list);
	manifest_free(&c->manifest);
	free(c);
}

const char *
catalogue_digest(const struct catalogue *c)
{
	return c->manifest->digest;
}

const struct campaign *
catalogue_campaign(const struct catalogue *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->list[i]->name, name) == 0)
			return c->list[i];
	return NULL;
}

size_t
catalogue_count(const struct catalogue *c)
{
	return c->n;
}

const struct campaign *
catalogue_at(const struct catalogue *c, size_t at)
{
	return at < c->n ? c->list[at] : NULL;
}

void
catalogue_names(const struct catalogue *c, struct buf *out)
{
	size_t i;

	buf_add_str(out, c->n ? "" : "none");
	for (i = 0; i < c->n; i++)
		text_add_name(out, i, c->n, c->list[i]->name);
}

static double
file_size(const struct catalogue *c, const struct campaign *campaign,
    const struct creative *creative, const char *file)
{
	const struct manifest_file *f;
	char *path;

	if (*file == '\0')
		return 0;
	path = xasprintf("%s/%s/%s", campaign->name, creative->name, file);
	f = manifest_find(c->manifest, path);
	free(path);
	return f ? (double)f->size : 0;
}

double
catalogue_size(const struct catalogue *c, const struct campaign *campaign,
    const struct creative *creative)
{
	double sum = file_size(c, campaign, creative, creative->html) +
	    file_size(c, campaign, creative, creative->text);
	size_t i;

	for (i = 0; i < creative->inline_parts.n; i++)
		sum += file_size(
		    c, campaign, creative, creative->inline_parts.items[i]);
	for (i = 0; i < creative->attach.n; i++)
		sum += file_size(
		    c, campaign, creative, creative->attach.items[i]);
	return HEADERS_BYTES + BASE64_LINES * sum;
}
