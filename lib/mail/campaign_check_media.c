/* Films and sounds of a campaign. */
#include "lib/mail/campaign_check.h"
#include "lib/mail/campaign_partial.h"

/* Of a file that is said to be a film or a sound. */
static const char *
type_fault(const char *kind, const char *file)
{
	size_t len = strlen(kind);
	const char *type = manifest_media_type(file);

	if (strncmp(type, kind, len) == 0 && type[len] == '/')
		return NULL;
	return strcmp(kind, CAMPAIGN_VIDEO) == 0
	    ? "has no ending of a film; write one such as film.mp4"
	    : "has no ending of a sound; write one such as tune.mp3";
}

static const char *
poster_fault(const char *kind, const char *poster)
{
	const char *why = *poster ? campaign_file_fault(poster, true) : NULL;

	if (why)
		return why;
	if (*poster && strncmp(manifest_media_type(poster), "image/", 6) != 0)
		return "has no ending of a picture; write one such as "
		       "film-poster.jpg";
	return *poster == '\0' && strcmp(kind, CAMPAIGN_VIDEO) == 0
	    ? "is missing; name an inline picture for the many mail readers that "
	      "play no films" : NULL;
}

static const char *
where_fault(const struct medium *m)
{
	const char *why = *m->url ? campaign_url_fault(m->url, false) : NULL;

	return *m->url == '\0' && *m->file == '\0'
	    ? "is missing, and so is file; write url = \"https://...\", or name an "
	      "attached file" : why;
}

static char *
check_medium(const struct campaign *c, const char *kind, const struct medium *m)
{
	const struct {
		const char *setting, *value, *why;
	} checks[] = {
	    {"file", m->file, *m->file ? campaign_file_fault(m->file, false)
	                               : NULL},
	    {"file", m->file, *m->file ? type_fault(kind, m->file) : NULL},
	    {"file", m->file, *m->file ? campaign_plain_fault(m->file) : NULL},
	    {"poster", m->poster, poster_fault(kind, m->poster)},
	    {"url", m->url, where_fault(m)},
	    {"alt", m->alt, campaign_plain_fault(m->alt)},
	    {"caption", m->caption, *m->caption ? campaign_plain_fault(m->caption)
	                                        : NULL},
	};
	struct campaign_place at = {kind, m->name, NULL, 0};
	size_t i;

	if (!campaign_name_ok(slice_of(m->name)))
		return campaign_fault(c, at, "a name is 1 to 64 letters, digits, "
		    ". _ and -, and does not begin with a dot");
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		at.setting = checks[i].setting;
		if (checks[i].why)
			return campaign_fault(c, at, "%s = \"%s\" %s", at.setting,
			    checks[i].value, checks[i].why);
	}
	at.setting = "url";
	return campaign_check_template(c, at, m->url, TEMPLATE_URL);
}

char *
campaign_check_media(const struct campaign *c)
{
	const struct medium *video = c->videos.items, *audio = c->audios.items;
	char *fault = NULL;
	size_t i;

	for (i = 0; i < c->videos.n && !fault; i++)
		fault = check_medium(c, CAMPAIGN_VIDEO, &video[i]);
	for (i = 0; i < c->audios.n && !fault; i++)
		fault = check_medium(c, CAMPAIGN_AUDIO, &audio[i]);
	return fault;
}
