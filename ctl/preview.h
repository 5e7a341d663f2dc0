/* nearpostctl preview: what somebody would be sent, before it is. */
#ifndef NEARPOST_CTL_PREVIEW_H
#define NEARPOST_CTL_PREVIEW_H

#include "lib/mail/grow.h"

#define PREVIEW_VARS_MAX 100

enum preview_form {
	PREVIEW_AUTO = 0, /* by the name behind -o, or where it goes */
	PREVIEW_SUMMARY,
	PREVIEW_EML,
	PREVIEW_HTML,
	PREVIEW_TEXT,
	PREVIEW_PNG
};

struct preview_args {
	const char *campaign, *to, *creative, *assets;
	const char *from, *reply_to, *subject; /* the stub's */
	const char *ticket, *at;
	const char *vars[PREVIEW_VARS_MAX]; /* "name=value" */
	size_t n_vars;
	enum preview_form form;
	bool dark;
	const char *out; /* file, or NULL */
};

/* argv[0] is the verb.  -1: *error_r says what is wrong (static). */
int preview_parse(struct preview_args *a, int argc, char **argv,
    const char **error_r);
/* What is asked for, in the end. */
enum preview_form preview_form(const struct preview_args *a, bool terminal);
/* "NAME-desktop.png", "NAME-phone-dark.png", heap: NAME is that behind -o without
 * its .png, or campaign and creative. */
char *preview_png_name(const struct preview_args *a, const char *creative,
    const char *device);

/* What was made, and how it came to it. */
struct preview {
	const struct preview_args *args;
	int64_t now_ms;
	const struct campaign *campaign;
	const struct creative *creative;
	const struct asset_creative *parts;
	struct advert advert;
	struct buf text, html; /* as they are in it */
};
/* As asked for, to a file or to standard output; says what went wrong.  An exit
 * status. */
int preview_show(const struct preview *p);
/* For people. */
void preview_summary(const struct preview *p, struct buf *out);
/* The HTML as a page of its own: pictures that are in the mail come as data: URIs
 * (RFC 2397). */
void preview_page(const struct asset_creative *parts, struct slice html,
    struct buf *out);

#endif
