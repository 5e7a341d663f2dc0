#include "config.h"

#include "ctl/preview.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/picture.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"

static int
failed(int status, const char *why)
{
	log_warnx("%s", why);
	return status;
}

/* Of a browser that does not work, its own words help more than ours. */
static int
failed_picture(const struct chromium *c, const char *error)
{
	char *words = chromium_words(c), safe[400];

	log_warnx("%s%s%s", error, *words ? "; its last words: " : "",
	    log_safe(safe, sizeof(safe), words));
	free(words);
	return EX_SOFTWARE;
}

static int
put(const char *file, const struct buf *out)
{
	if (!file) {
		(void)fwrite(out->data, 1, out->len, stdout);
		return EX_OK; /* main() looks for errors */
	}
	if (file_write(file, slice_buf(out), 0644) == 0)
		return EX_OK;
	log_warn("%s", file);
	return EX_CANTCREAT;
}

static int
take_pictures(const struct preview *p, struct chromium *c, struct slice page)
{
	static const struct {
		const char *device;
		int width;
	} screens[] = {{"desktop", 1280}, {"phone", 390}};
	int status = EX_OK;

	for (size_t i = 0; i < 2 && status == EX_OK; i++) {
		char *file = preview_png_name(p->args, p->creative->name,
		    screens[i].device);
		struct buf png = {0};
		char *error = NULL;

		if (picture_take(c, page, screens[i].width, p->args->dark,
		        &png, &error) < 0)
			status = failed_picture(c, error);
		else
			status = put(file, &png);
		if (status == EX_OK)
			puts(file);
		free(error);
		buf_free(&png);
		free(file);
	}
	return status;
}

static int
pictures(const struct preview *p, struct slice page)
{
	char *path = chromium_find(), *error = NULL;
	struct chromium *c;
	int status;

	if (!path)
		return failed(EX_UNAVAILABLE, "pictures are taken with Chromium, "
		    "and there is no chromium, chromium-browser or "
		    "google-chrome in PATH: apt-get install chromium, or look "
		    "at the page that --html writes");
	c = chromium_start(path, clock_mono_ms() + PICTURE_TIMEOUT_MS, &error);
	free(path);
	if (!c) {
		status = failed(EX_OSERR, error);
		free(error);
		return status;
	}
	status = take_pictures(p, c, page);
	chromium_stop(&c);
	return status;
}

static int
lacks(const struct preview *p, const char *what, const char *other)
{
	log_warnx("creative %s has no %s; %s shows what it has",
	    p->creative->name, what, other);
	return EX_DATAERR;
}

int
preview_show(const struct preview *p)
{
	enum preview_form form = preview_form(p->args, isatty(1) == 1);
	struct buf out = {0};
	int status;

	if ((form == PREVIEW_HTML || form == PREVIEW_PNG) && !p->parts->html)
		return lacks(p, "html", "--text");
	if (form == PREVIEW_TEXT && !p->parts->text)
		return lacks(p, "text", "--html");
	if (form == PREVIEW_EML)
		advert_text(&p->advert, &out);
	else if (form == PREVIEW_TEXT)
		buf_add_slice(&out, slice_buf(&p->text));
	else if (form == PREVIEW_SUMMARY)
		preview_summary(p, &out);
	else
		preview_page(p->parts, slice_buf(&p->html), &out);
	status = form == PREVIEW_PNG ? pictures(p, slice_buf(&out))
	                             : put(p->args->out, &out);
	buf_free(&out);
	return status;
}
