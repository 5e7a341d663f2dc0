#include "config.h"

#include "ctl/preview.h"

#include <string.h>

static const struct word {
	const char *name;
	enum preview_form form;
	const char *ending;
} forms[] = {
	{"--eml", PREVIEW_EML, ".eml"},
	{"--html", PREVIEW_HTML, ".html"},
	{"--text", PREVIEW_TEXT, ".txt"},
	{"--png", PREVIEW_PNG, ".png"},
};
#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

static bool
take_form(struct preview_args *a, const char *arg, const char **error_r)
{
	for (size_t i = 0; i < N_FORMS; i++) {
		if (strcmp(arg, forms[i].name) != 0)
			continue;
		if (a->form != PREVIEW_AUTO && a->form != forms[i].form)
			*error_r = "one of --eml, --html, --text and --png at a "
			           "time";
		a->form = forms[i].form;
		return true;
	}
	return false;
}

static bool
take_value(struct preview_args *a, const char *arg, const char *value,
    const char **error_r)
{
	const struct {
		const char *name, **to;
	} values[] = {
		{"--to", &a->to},
		{"--creative", &a->creative},
		{"--assets", &a->assets},
		{"--from", &a->from},
		{"--reply-to", &a->reply_to},
		{"--subject", &a->subject},
		{"--ticket", &a->ticket},
		{"--at", &a->at},
		{"-o", &a->out},
	};

	if (strcmp(arg, "--var") == 0) {
		if (a->n_vars == PREVIEW_VARS_MAX)
			*error_r = "more than 100 times --var";
		else
			a->vars[a->n_vars++] = value;
		return true;
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strcmp(arg, values[i].name) == 0) {
			*values[i].to = value;
			return true;
		}
	}
	return false;
}

int
preview_parse(struct preview_args *a, int argc, char **argv,
    const char **error_r)
{
	*error_r = NULL;
	for (int i = 1; i < argc && !*error_r; i++) {
		if (take_form(a, argv[i], error_r))
			continue;
		if (strcmp(argv[i], "--dark") == 0)
			a->dark = true;
		else if (i + 1 < argc &&
		    take_value(a, argv[i], argv[i + 1], error_r))
			i++;
		else if (argv[i][0] != '-' && !a->campaign)
			a->campaign = argv[i];
		else
			*error_r = "";
	}
	if (*error_r)
		return -1;
	if (!a->campaign)
		*error_r = "";
	else if (!a->to && !a->creative)
		*error_r = "for whom?  --to ADDRESS shows what that person gets, "
		           "--creative NAME one of the campaign's creatives";
	else if (a->dark && preview_form(a, false) != PREVIEW_PNG)
		*error_r = "--dark is for pictures: --png";
	return *error_r ? -1 : 0;
}

static bool
ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), len = strlen(ending);

	return n >= len && strcmp(name + n - len, ending) == 0;
}

enum preview_form
preview_form(const struct preview_args *a, bool terminal)
{
	if (a->form != PREVIEW_AUTO)
		return a->form;
	for (size_t i = 0; a->out && i < N_FORMS; i++)
		if (ends_in(a->out, forms[i].ending))
			return forms[i].form;
	return terminal && !a->out ? PREVIEW_SUMMARY : PREVIEW_EML;
}

char *
preview_png_name(const struct preview_args *a, const char *creative,
    const char *device)
{
	const char *dark = a->dark ? "-dark" : "";
	size_t len;

	if (!a->out)
		return xasprintf("%s-%s-%s%s.png", a->campaign, creative, device,
		    dark);
	len = strlen(a->out) - (ends_in(a->out, ".png") ? 4 : 0);
	return xasprintf("%.*s-%s%s.png", (int)len, a->out, device, dark);
}
