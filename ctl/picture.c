#include "config.h"

#include "ctl/picture.h"

#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/mem.h"

/* Players go, what is between their tags stays; then every picture that is there
 * is waited for. */
static const char ready[] =
    "(async () => {"
    " for (const p of document.querySelectorAll('video, audio')) {"
    "  for (const s of p.querySelectorAll('source, track')) s.remove();"
    "  p.replaceWith(...p.childNodes); }"
    " await Promise.all([...document.images].map(i => {"
    "  i.loading = 'eager'; return i.decode().catch(() => 0); }));"
    " await document.fonts.ready;"
    "})()";

static char *
text_of(struct json *at, const char *name)
{
	struct slice text = json_get_text(at, name);

	return text.len ? xstrndup(text.data, text.len) : NULL;
}

/* A new tab; everything further is said to it. */
static int
open_tab(struct devtools *d, char **error_r)
{
	struct json *params, *message;
	char *target;

	free(d->session);
	d->session = NULL;
	params = devtools_begin(d, "Target.createTarget");
	json_add_text(params, "url", slice_of("about:blank"));
	message = devtools_call(d, error_r);
	if (!message)
		return -1;
	target = text_of(json_get(message, "result"), "targetId");
	json_free(&message);
	params = devtools_begin(d, "Target.attachToTarget");
	json_add_text(params, "targetId", slice_of(target ? target : ""));
	json_add_bool(params, "flatten", true);
	free(target);
	message = devtools_call(d, error_r);
	if (!message)
		return -1;
	d->session = text_of(json_get(message, "result"), "sessionId");
	json_free(&message);
	if (d->session)
		return 0;
	*error_r = xstrdup("chromium opened no page");
	return -1;
}

static int
set_up(struct devtools *d, int width, bool dark, char **error_r)
{
	struct json *params, *one;

	params = devtools_begin(d, "Emulation.setScriptExecutionDisabled");
	json_add_bool(params, "value", true);
	if (devtools_do(d, error_r) < 0)
		return -1;
	params = devtools_begin(d, "Emulation.setDeviceMetricsOverride");
	json_add_int(params, "width", width);
	json_add_int(params, "height", 800);
	json_add_int(params, "deviceScaleFactor", 1);
	json_add_bool(params, "mobile", false);
	if (devtools_do(d, error_r) < 0)
		return -1;
	params = devtools_begin(d, "Emulation.setEmulatedMedia");
	one = json_add_object(json_add_list(params, "features"), NULL);
	json_add_text(one, "name", slice_of("prefers-color-scheme"));
	json_add_text(one, "value", slice_of(dark ? "dark" : "light"));
	return devtools_do(d, error_r);
}

static int
load(struct devtools *d, struct slice html, char **error_r)
{
	struct json *params, *message;
	char *frame;

	(void)devtools_begin(d, "Page.getFrameTree");
	message = devtools_call(d, error_r);
	if (!message)
		return -1;
	frame = text_of(json_get(json_get(json_get(message, "result"),
	    "frameTree"), "frame"), "id");
	json_free(&message);
	params = devtools_begin(d, "Page.setDocumentContent");
	json_add_text(params, "frameId", slice_of(frame ? frame : ""));
	json_add_text(params, "html", html);
	free(frame);
	if (devtools_do(d, error_r) < 0)
		return -1;
	params = devtools_begin(d, "Runtime.evaluate");
	json_add_text(params, "expression", slice_of(ready));
	json_add_bool(params, "awaitPromise", true);
	return devtools_do(d, error_r);
}

static int
height_of(struct devtools *d, int *height_r, char **error_r)
{
	struct json *message;
	double height;

	(void)devtools_begin(d, "Page.getLayoutMetrics");
	message = devtools_call(d, error_r);
	if (!message)
		return -1;
	height = json_get_number(json_get(json_get(message, "result"),
	    "cssContentSize"), "height", 0);
	json_free(&message);
	*height_r = height < 1 ? 1 : height > PICTURE_HEIGHT_MAX ?
	    PICTURE_HEIGHT_MAX : (int)height;
	return 0;
}

static int
shoot(struct devtools *d, int width, int height, struct buf *png,
    char **error_r)
{
	struct json *params, *clip, *message;
	int rc;

	params = devtools_begin(d, "Page.captureScreenshot");
	json_add_text(params, "format", slice_of("png"));
	json_add_bool(params, "captureBeyondViewport", true);
	clip = json_add_object(params, "clip");
	json_add_int(clip, "x", 0);
	json_add_int(clip, "y", 0);
	json_add_int(clip, "width", width);
	json_add_int(clip, "height", height);
	json_add_int(clip, "scale", 1);
	message = devtools_call(d, error_r);
	if (!message)
		return -1;
	rc = base64_decode(png, json_get_text(json_get(message, "result"),
	    "data"));
	json_free(&message);
	if (rc == 0 && png->len)
		return 0;
	*error_r = xstrdup("chromium took no picture");
	return -1;
}

int
picture_take(struct chromium *c, struct slice html, int width, bool dark,
    struct buf *png, char **error_r)
{
	struct devtools *d = chromium_devtools(c);
	int height;

	if (open_tab(d, error_r) < 0 || set_up(d, width, dark, error_r) < 0 ||
	    load(d, html, error_r) < 0 || height_of(d, &height, error_r) < 0)
		return -1;
	return shoot(d, width, height, png, error_r);
}
