/* What mail readers make of <video>: Apple's, Samsung's and Thunderbird play it;
 * Gmail, Outlook and the rest drop the tags and show what is between them.  So the
 * linked poster stands there, and nothing depends on style sheets.  preload="none":
 * no file is fetched, and no server told, before somebody presses play. */
#include "lib/mail/campaign_partial.h"

#include <stdlib.h>

#include "lib/mail/escape.h"

struct medium_view {
	const struct medium *m;
	bool video;
	struct slice alt;     /* words for the poster */
	struct slice caption; /* "": none; the line below it */
};

bool
campaign_alt(const struct creative *r, struct slice file, struct slice *alt_r)
{
	struct slice name, value;
	size_t i;

	for (i = 0; i < r->alt.n; i++)
		if (campaign_pair(r->alt.items[i], &name, &value) &&
		    slice_eq(name, file)) {
			*alt_r = value;
			return true;
		}
	return false;
}

static void
add_text(struct buf *out, struct slice text)
{
	escape_add(out, ESCAPE_HTML, text);
}

/* An attribute's value that is a template: tags stay what they are. */
static void
add_template(struct buf *out, const char *text)
{
	struct slice rest = slice_of(text);
	const char *open, *close;
	size_t n;

	while (rest.len) {
		open = memmem(rest.data, rest.len, "{{", 2);
		n = open ? (size_t)(open - rest.data) : rest.len;
		add_text(out, (struct slice){rest.data, n});
		rest = (struct slice){rest.data + n, rest.len - n};
		close = memmem(rest.data, rest.len, "}}", 2);
		n = close ? (size_t)(close + 2 - rest.data) : rest.len;
		buf_add(out, rest.data, n);
		rest = (struct slice){rest.data + n, rest.len - n};
	}
}

/* width and height, and a style that fits it into less. */
static void
add_size(struct buf *out, const struct medium *m)
{
	if (m->width)
		buf_printf(out, " width=\"%lld\"", (long long)m->width);
	if (m->height)
		buf_printf(out, " height=\"%lld\"", (long long)m->height);
	buf_add_str(out, " style=\"display:block; width:100%;");
	if (m->width)
		buf_printf(out, " max-width:%lldpx;", (long long)m->width);
	buf_add_str(out, " height:auto; margin:0 auto; border:0;\"");
}

/* <audio> has a height of its own: with another one its buttons are gone. */
static void
add_sound_size(struct buf *out, const struct medium *m)
{
	buf_add_str(out, " style=\"display:block; width:90%;");
	if (m->width)
		buf_printf(out, " max-width:%lldpx;",
		    (long long)(m->width * 9 / 10));
	buf_add_str(out, " margin:10px auto 0;\"");
}

static void
open_link(struct buf *out, const struct medium *m, const char *style)
{
	buf_add_str(out, "<a href=\"");
	add_template(out, m->url);
	buf_printf(out, "\" style=\"%s\">", style);
}

static void
add_poster(struct buf *out, const struct medium_view *v)
{
	if (*v->m->url)
		open_link(out, v->m, "color:inherit; text-decoration:none;");
	buf_printf(out, "<img src=\"cid:%s\" alt=\"", v->m->poster);
	add_text(out, v->alt);
	buf_add_char(out, '"');
	add_size(out, v->m);
	buf_add_str(out, *v->m->url ? "></a>\n" : ">\n");
}

/* The type of what is linked; "" when nobody can tell. */
static const char *
source_type(const struct medium_view *v)
{
	const char *wanted = v->video ? "video/" : "audio/", *type;
	size_t end = strcspn(v->m->url, "?#");
	const char *const from[] = {v->m->url, v->m->file};
	size_t i;

	for (i = 0; i < 2; i++) {
		char *path = i ? xstrdup(from[i]) : xstrndup(from[i], end);

		type = manifest_media_type(path);
		free(path);
		if (strncmp(type, wanted, strlen(wanted)) == 0)
			return type;
	}
	return "";
}

/* A line below: a link where there is one. */
static void
add_line(struct buf *out, const struct medium_view *v, struct slice text)
{
	buf_add_str(out, "<div style=\"padding:10px 0 0; font-size:16px; "
	    "line-height:24px; text-align:center;\">");
	if (*v->m->url)
		open_link(out, v->m, "color:inherit;");
	else if (!*v->m->poster) { /* the words stand nowhere else */
		add_text(out, v->alt);
		buf_add_str(out, "<br>");
	}
	add_text(out, text);
	buf_add_str(out, *v->m->url ? "</a></div>\n" : "</div>\n");
}

/* <video> or <audio> around what is shown where they are not known. */
static void
add_player(struct buf *out, const struct medium_view *v)
{
	const char *tag = v->video ? CAMPAIGN_VIDEO : CAMPAIGN_AUDIO;
	const char *type = source_type(v);

	buf_printf(out, "<%s controls preload=\"none\" aria-label=\"", tag);
	add_text(out, v->alt);
	buf_add_char(out, '"');
	if (v->video)
		buf_printf(out, " playsinline poster=\"cid:%s\"", v->m->poster);
	(v->video ? add_size : add_sound_size)(out, v->m);
	buf_add_str(out, "><source src=\"");
	add_template(out, v->m->url);
	if (*type)
		buf_printf(out, "\" type=\"%s", type);
	buf_add_str(out, "\">\n");
	if (v->video) {
		add_poster(out, v);
	} else {
		add_line(out, v, v->alt);
	}
	buf_printf(out, "</%s>\n", tag);
}

static void
add_html(struct buf *out, const struct medium_view *v)
{
	/* A sound's poster stands above its buttons, for everybody. */
	if (*v->m->poster && (!v->video || *v->m->url == '\0'))
		add_poster(out, v);
	if (*v->m->url)
		add_player(out, v);
	if (v->caption.len)
		add_line(out, v, v->caption);
}

static void
add_plain(struct buf *out, const struct medium_view *v)
{
	buf_add_slice(out, v->alt);
	buf_add_char(out, '\n');
	if (*v->m->url)
		buf_add_str(out, v->m->url);
	else
		buf_add_slice(out, v->caption);
	buf_add_char(out, '\n');
}

static bool
attaches(const struct creative *r, const char *file)
{
	size_t i;

	for (i = 0; i < r->attach.n; i++)
		if (*file && strcmp(r->attach.items[i], file) == 0)
			return true;
	return false;
}

static bool
add_medium(const struct campaign *c, const struct creative *r,
    const struct medium_view *medium, bool html, struct buf *out,
    char **error_r)
{
	struct medium_view v = *medium;
	struct buf attached = {0};

	if (!*v.m->url && !attaches(r, v.m->file)) {
		*error_r = campaign_fault(c, (struct campaign_place){
		    v.video ? CAMPAIGN_VIDEO : CAMPAIGN_AUDIO, v.m->name, "url",
		    0}, "creative \"%s\" does not attach \"%s\", and there is no "
		    "url; write url = \"https://...\", or name the file in attach",
		    r->name, v.m->file);
		return false;
	}
	if (!campaign_alt(r, slice_of(v.m->poster), &v.alt))
		v.alt = slice_of(v.m->alt);
	v.caption = slice_of(v.m->caption);
	if (v.caption.len == 0 && !*v.m->url) { /* a paperclip */
		buf_printf(&attached, "\xf0\x9f\x93\x8e %s", v.m->file);
		v.caption = slice_buf(&attached);
	}
	(html ? add_html : add_plain)(out, &v);
	buf_free(&attached);
	return true;
}

static bool
add_postal_address(const struct campaign *c, bool html, struct buf *out)
{
	size_t i;

	for (i = 0; i < c->postal_address.n; i++) {
		escape_add(out, html ? ESCAPE_HTML : ESCAPE_NONE,
		    slice_of(c->postal_address.items[i]));
		buf_add_str(out, html && i + 1 < c->postal_address.n ? "<br>\n"
		                                                     : "\n");
	}
	return c->postal_address.n > 0;
}

bool
campaign_partial(const struct campaign *c, const struct creative *r,
    const char *name, bool html, struct buf *out, char **error_r)
{
	const struct {
		const char *before;
		const struct settings_many *media;
	} kinds[] = {{CAMPAIGN_VIDEO ".", &c->videos},
	    {CAMPAIGN_AUDIO ".", &c->audios}};
	size_t i, k;

	*error_r = NULL;
	if (strcmp(name, CAMPAIGN_POSTAL_ADDRESS) == 0)
		return add_postal_address(c, html, out);
	for (k = 0; k < 2; k++) {
		const struct medium *m = kinds[k].media->items;
		size_t len = strlen(kinds[k].before);

		if (strncmp(name, kinds[k].before, len) != 0)
			continue;
		for (i = 0; i < kinds[k].media->n; i++)
			if (strcmp(m[i].name, name + len) == 0)
				return add_medium(c, r, &(struct medium_view){
				    .m = &m[i], .video = k == 0}, html, out,
				    error_r);
	}
	return false;
}
