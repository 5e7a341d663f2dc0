/* What is known of mail programs: which of them does not show what, and where
 * their limits are.  Facts with a date and a source, so they stand in a file,
 * lint-clients.conf, and not in the code. */
#ifndef NEARPOST_CTL_LINT_FACTS_H
#define NEARPOST_CTL_LINT_FACTS_H

#include "lib/base/settings.h"

struct lint_feature {
	char *name;
	/* What it is found by, any of these: */
	struct setting_list css;   /* "display: flex", "position", "@import" */
	struct setting_list tag;   /* "form" */
	struct setting_list image; /* a media type, or "data:" */
	struct setting_list clients; /* those that do not have it */
	char *what;    /* what becomes of it there: "is dropped" */
	char *instead; /* what to do: "lay out with tables" */
	char *tested;  /* date */
	char *source;
};
struct lint_facts {
	char *date; /* all of it was looked up then */
	struct setting_list sources;
	int64_t html_max, style_max, message_max, images_max; /* octets */
	int64_t subject_max, alt_max; /* characters */
	int64_t picture_scale_max; /* pixels of a file for one that is shown */
	struct settings_many features; /* struct lint_feature */
};

/* NULL and a heap *error_r "FILE:LINE: ...". */
struct lint_facts *lint_facts_load(const char *path, char **error_r);
struct lint_facts *lint_facts_parse(const char *name, struct slice text,
    char **error_r);
void lint_facts_free(struct lint_facts **f);

/* The first feature that fits; NULL: none. */
const struct lint_feature *lint_facts_css(const struct lint_facts *f,
    struct slice property, struct slice value);
const struct lint_feature *lint_facts_tag(const struct lint_facts *f,
    const char *tag);
const struct lint_feature *lint_facts_image(const struct lint_facts *f,
    const char *type);
/* "Gmail, Outlook for Windows", appended. */
void lint_facts_clients(const struct lint_feature *feature, struct buf *out);

#endif
