/* campaign.conf: what an advert is made of, and the choice of a creative by the
 * recipient's data.  Pure but for campaign_load. */
#ifndef NEARPOST_MAIL_CAMPAIGN_H
#define NEARPOST_MAIL_CAMPAIGN_H

#include "lib/base/settings.h"
#include "lib/mail/manifest.h"
#include "lib/mail/target_fields.h"
#include "lib/mail/vars.h"

#define CAMPAIGN_CONF "campaign.conf"
#define CAMPAIGN_CONF_MAX (1024 * 1024)
#define CAMPAIGN_CREATIVES_MAX 1000
#define CAMPAIGN_POSTAL_ADDRESS "postal_address" /* variable and partial */

struct creative {
	char *name; /* [A-Za-z0-9._-]{1,64} */
	char *when;
	bool fallback; /* asked last, for all whom no other is for */
	int64_t weight;  /* 0..1000, share of a split; 0 = takes no part in one */
	char *subject;   /* template; "" = the campaign's */
	char *html, *text; /* file names, relative to the creative; "" = none */
	struct setting_list inline_parts, attach;
	struct setting_list alt; /* "file = words", for inline files */
	struct target *target; /* NULL: always */
};
struct medium { /* a film or a sound */
	char *name;
	char *file;   /* name of an attachment; "" = only from afar */
	char *poster; /* name of an inline file; "" = none, sounds only */
	char *url;    /* template; "" = only attached */
	char *alt, *caption;
	int64_t width, height; /* pixels as shown; 0 = not said */
};
struct campaign {
	char *name;
	char *path;        /* of its campaign.conf, for errors */
	struct map *lines; /* of its settings (settings_line) */
	char *subject, *from, *bounce, *bounce_delimiter, *reply_to;
	char *list_id, *feedback_id, *valid_from, *valid_until;
	bool verp;
	int64_t from_ms, until_ms; /* INT64_MIN, INT64_MAX: without end */
	struct setting_list required, defaults, record_fields, lists;
	struct setting_list list_unsubscribe;
	struct setting_list postal_address; /* its lines */
	struct setting_list lint_accept; /* rules of nearpost-lint(7) */
	struct settings_many creatives; /* struct creative */
	struct settings_many videos, audios; /* struct medium */
	const struct creative **order;  /* as they are asked, all of them */
	struct target_fields fields;    /* of all conditions */
};

/* A setting and where it belongs. */
struct campaign_place {
	const char *section, *title; /* "creative", "hero"; NULL: the campaign */
	const char *setting;         /* NULL: all of it */
	size_t item;                 /* of a list, from 0 */
};

bool campaign_name_ok(struct slice name);
/* "PATH:12: creative "hero": what is wrong", a heap string.  The line is that of
 * the item, the setting or the section, whichever the file has. */
char *campaign_fault(const struct campaign *c, struct campaign_place at,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* dir: the asset set.  m (may be NULL): the file must be the one in it, and every
 * file the creatives name must be in it too.  NULL and a heap *error_r with file,
 * line and remedy. */
struct campaign *campaign_load(const char *dir, const char *name,
    const struct manifest *m, char **error_r);
struct campaign *campaign_parse(const char *name, struct slice text,
    char **error_r);
/* Does the set hold every file that the creatives name?  -1 and a heap *error_r. */
int campaign_check_files(const struct campaign *c, const struct manifest *m,
    char **error_r);
void campaign_free(struct campaign **c);
const struct creative *campaign_creative(const struct campaign *c,
    const char *name);
/* The first creative whose condition is true of `data`; fallbacks come last.  NULL
 * when none is.  Neighbours with the same condition are a split, and so are the
 * fallbacks: one of them by weight.
 * stable: the recipient's address (address_key), which with the campaign's name
 * decides which one, so that it is always the same for this recipient.
 * now_ms: since 1970. */
const struct creative *campaign_choose(const struct campaign *c,
    const struct vars *data, const char *stable, int64_t now_ms);
/* Is there a creative for everybody? */
bool campaign_has_fallback(const struct campaign *c);
/* What the campaign says of itself over the data (postal_address as one line), its
 * defaults for what is missing there or empty. */
void campaign_fill(const struct campaign *c, struct vars *data);
/* Does the gateway get this field of the record?  What is named for it goes with
 * all that is below it. */
bool campaign_travels(const struct campaign *c, const char *field);
/* Not yet, or not any more: NULL, or what its sender is to be told, in the arena. */
const char *campaign_early(struct arena *arena, const struct campaign *c,
    int64_t now_ms);
const char *campaign_over(struct arena *arena, const struct campaign *c,
    int64_t now_ms);
/* Either of them: no stub of it is taken now. */
const char *campaign_closed(struct arena *arena, const struct campaign *c,
    int64_t now_ms);
/* The envelope sender of the advert with that id: bounces+ID@shop.example (VERP);
 * "": the stub's stays. */
const char *campaign_bounce(struct arena *arena, const struct campaign *c,
    const char *id);
/* "" when there is none. */
const char *campaign_feedback_id(struct arena *arena, const struct campaign *c,
    const struct creative *creative);
/* "name = value" of a list, both trimmed; false: there is no =. */
bool campaign_pair(const char *item, struct slice *name_r,
    struct slice *value_r);
/* The first required variable that is missing or empty (a list without items, an
 * object without values); NULL when all are there. */
const char *campaign_missing(const struct campaign *c, const struct vars *data);

/* Names of the campaigns of a set: directories with a campaign.conf; the caller
 * frees the items and the array.  -1 when one has a name that no stub can ask
 * for: the list is empty then. */
int campaign_list(const struct manifest *m, struct setting_list *out_r);

#endif
