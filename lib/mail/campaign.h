/* campaign.conf: what an advert is made of (DESIGN section 5), and the choice of
 * a creative by the recipient's data.  Pure but for campaign_load. */
#ifndef NEARPOST_MAIL_CAMPAIGN_H
#define NEARPOST_MAIL_CAMPAIGN_H

#include "lib/base/settings.h"
#include "lib/mail/manifest.h"
#include "lib/mail/vars.h"

#define CAMPAIGN_CONF "campaign.conf"

struct target; /* compiled `when` condition */

struct creative {
	char *name; /* [A-Za-z0-9._-]{1,64} */
	char *when;
	int64_t weight;
	char *subject, *html, *text; /* file names, relative to the creative; "" = none */
	struct setting_list inline_parts, attach;
	struct target *target; /* NULL: always */
};
struct campaign {
	const char *name;
	char *subject, *from, *bounce, *reply_to, *list_id;
	struct setting_list required, record_fields, list_unsubscribe;
	struct settings_many creatives; /* struct creative */
};

bool campaign_name_ok(struct slice name);
/* dir: the asset set.  m (may be NULL): every file the creatives name must be in
 * it.  NULL and a heap *error_r with file, line and remedy. */
struct campaign *campaign_load(const char *dir, const char *name,
    const struct manifest *m, char **error_r);
struct campaign *campaign_parse(const char *name, struct slice text,
    char **error_r);
void campaign_free(struct campaign **c);
const struct creative *campaign_creative(const struct campaign *c,
    const char *name);
/* The first creative whose condition is true of `data`; NULL when none is.
 * stable: the recipient's address; splits by weight among neighbours with the
 * same condition use a hash of it and the campaign's name. */
const struct creative *campaign_choose(const struct campaign *c,
    const struct vars *data, const char *stable);
/* The first required variable that is missing or empty; NULL when all are there. */
const char *campaign_missing(const struct campaign *c, const struct vars *data);

/* field == 'text' (also "text"); NULL and *error_r (heap) otherwise. */
struct target *target_parse(struct slice text, char **error_r);
bool target_true(const struct target *t, const struct vars *data);
void target_free(struct target **t);

/* Names of the campaigns of a set: directories with a campaign.conf. */
int campaign_list(const struct manifest *m, struct setting_list *out_r);

#endif
