/* What campaign.conf itself says: sender, subject, how to unsubscribe, whose
 * advert it is. */
#include "config.h"

#include <stdlib.h>

#include "ctl/lint.h"
#include "lib/mail/mailbox.h"
#include "lib/mail/template.h"

#define TYPICAL_VALUE "Alexandra" /* for a variable of a subject */

static struct lint_place
conf(const struct lint *l, const char *setting)
{
	return lint_conf_place(l, (struct campaign_place){NULL, NULL, setting,
	    0});
}

static void
check_from(struct lint *l)
{
	const char *from = l->campaign->from, *why;
	struct address a;

	if (*from == '\0')
		lint_add(l->report, "from-missing", conf(l, "from"),
		    "there is no from; write from = \"Offers "
		    "<offers@shop.example>\", or see that every stub has the "
		    "right one");
	else if (strstr(from, "{{"))
		lint_add(l->report, "from", conf(l, "from"),
		    "from is no template, readers would see the {{ }}; write a "
		    "name");
	else if (mailbox_first(l->arena, slice_of(from), &a, &why) == -1)
		lint_add(l->report, "from", conf(l, "from"),
		    "from = \"%s\": %s; write from = \"Offers "
		    "<offers@shop.example>\"",
		    from, why);
	else if (!strchr(a.domain, '.'))
		lint_add(l->report, "from", conf(l, "from"),
		    "\"%s\" is no domain that receivers know; write the whole "
		    "one, as shop.example",
		    a.domain);
}

static void
check_unsubscribe(struct lint *l)
{
	const struct setting_list *urls = &l->campaign->list_unsubscribe;
	struct lint_place at = conf(l, "list_unsubscribe");
	bool https = false, mailto = false;
	size_t i;

	for (i = 0; i < urls->n; i++) {
		const char *url = urls->items[i];

		/* One that is made of a variable may be either. */
		https = https || strncmp(url, "https:", 6) == 0 ||
		    strncmp(url, "{{", 2) == 0;
		mailto = mailto || strncmp(url, "mailto:", 7) == 0 ||
		    strncmp(url, "{{", 2) == 0;
	}
	if (!https && !mailto)
		lint_add(l->report, "unsubscribe-missing", at, "nobody can "
		    "unsubscribe; write list_unsubscribe = "
		    "{\"https://shop.example/unsubscribe\", "
		    "\"mailto:unsubscribe@shop.example\"}");
	else if (!https)
		lint_add(l->report, "unsubscribe-one-click", at,
		    "list_unsubscribe has no https: address, so there is no "
		    "unsubscribing by one click; add one that takes a POST");
	else if (!mailto)
		lint_add(l->report, "unsubscribe-mailto", at,
		    "list_unsubscribe has no mailto: address; add one for mail "
		    "programs that know no other");
}

/* Does the text have all the lines of the address, as they are written? */
static bool
has_lines(const struct lint *l, const struct lint_source *s)
{
	const struct setting_list *lines = &l->campaign->postal_address;
	size_t i;

	for (i = 0; i < lines->n; i++)
		if (!memmem(s->text.data, s->text.len, lines->items[i],
		        strlen(lines->items[i])))
			return false;
	return true;
}

static void
check_address_in(struct lint *l, const struct lint_text *t)
{
	size_t i;

	if (!t->source || t->source->shows_address || has_lines(l, t->source))
		return;
	for (i = 0; i < t->source->n_uses; i++)
		if (strcmp(t->source->uses[i].name, CAMPAIGN_POSTAL_ADDRESS) ==
		    0)
			return;
	lint_add(l->report, "postal-address-unseen", t->at, "nobody sees the "
	    "postal address; write {{> postal_address}} at the end");
}

static void
check_address(struct lint *l)
{
	size_t i;

	if (l->campaign->postal_address.n == 0) {
		lint_add(l->report, "postal-address", conf(l, "postal_address"),
		    "there is no postal address; write postal_address = "
		    "{\"Shop Ltd\", \"1 Street\", \"City\"}, and {{> "
		    "postal_address}} in each text");
		return;
	}
	for (i = 0; i < l->n_creatives; i++) {
		check_address_in(l, &l->creatives[i].html);
		check_address_in(l, &l->creatives[i].text);
	}
}

/* --- the way out that readers see */

/* Does the text have the address, as far as no variable makes it? */
static bool
has_address(struct slice text, const char *url)
{
	const char *var = strstr(url, "{{");
	size_t len = strcspn(url, "?");

	if (var && (size_t)(var - url) < len)
		len = (size_t)(var - url);
	return len > strlen("https://a.b") &&
	    memmem(text.data, text.len, url, len) != NULL;
}

/* Words for it in the languages of most customers; as many octets of the
 * beginning as all forms of them have. */
static bool
has_words_for_it(const char *text)
{
	static const char *const words[] = {"unsubscri", "opt out", "opt-out",
	    "optout", "abbestell", "abmeld", "abzumeld", "desabonn",
	    "d\xc3\xa9sabonn", "d\xc3\xa9sinscri", "desinscri", "darse de baja",
	    "cancelar", "disiscri", "annulla", "uitschrij", "afmeld", "wypis"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

static void
check_way_out(struct lint *l, const struct lint_text *t)
{
	const struct setting_list *urls = &l->campaign->list_unsubscribe;
	size_t i;

	if (!t->source || has_words_for_it(t->source->text.data))
		return;
	for (i = 0; i < urls->n; i++)
		if (has_address(slice_buf(&t->source->text), urls->items[i]))
			return;
	lint_add(l->report, "unsubscribe-unseen", t->at, "nobody sees how to "
	    "unsubscribe; write it at the end, with the https: address of "
	    "list_unsubscribe");
}

/* --- the subject */

static bool
is_in(const struct setting_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->items[i], name) == 0)
			return true;
	return false;
}

/* With what is sure to be there, or else with everything; appended. */
static void
render_subject(const struct lint *l, const struct lint_source *s,
    const char *text, bool all, struct buf *out)
{
	struct template *t;
	struct vars vars;
	const char *why;
	char *error = NULL;
	size_t i;

	vars_init(&vars, l->arena);
	campaign_fill(l->campaign, &vars);
	for (i = 0; i < s->n_uses; i++)
		if ((all || is_in(&l->campaign->required, s->uses[i].name)) &&
		    !vars_get(&vars, slice_of(s->uses[i].name)))
			(void)vars_set(&vars, slice_of(s->uses[i].name),
			    slice_of(TYPICAL_VALUE), &why);
	t = template_compile("subject", slice_of(text), TEMPLATE_HEADER, NULL,
	    NULL, &error);
	if (t)
		(void)template_render(t, &vars, out, &why);
	buf_add(out, "", 0);
	template_free(&t);
	free(error);
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Ten capitals and no small letter, in what is written and not filled in. */
static bool
shouts(const struct lint_source *s)
{
	int capitals = 0;
	size_t i;

	for (i = 0; i < s->text.len; i++) {
		char c = s->text.data[i];

		if (c >= 'a' && c <= 'z')
			return false;
		capitals += c >= 'A' && c <= 'Z';
	}
	return capitals >= 10;
}

static void
check_subject(struct lint *l, const struct lint_creative *c)
{
	const char *text = *c->creative->subject ? c->creative->subject
	                                          : l->campaign->subject;
	struct lint_place at = c->subject->at;
	struct buf sure = {0}, all = {0};
	size_t n;

	render_subject(l, c->subject, text, false, &sure);
	render_subject(l, c->subject, text, true, &all);
	n = characters(all.data);
	if (*text == '\0')
		lint_add(l->report, "subject-empty", at, "there is no subject; "
		    "write subject = \"...\"");
	else if (slice_trim(slice_buf(&sure)).len == 0)
		lint_add(l->report, "subject-empty", at, "the subject is empty "
		    "for whom the variables in it are missing; give them "
		    "defaults, or write {{^name}}...{{/name}} for them");
	if (n > (size_t)l->facts->subject_max)
		lint_add(l->report, "subject-long", at,
		    "the subject has %zu characters with its variables, more "
		    "than %d are not shown; put what matters first and make it "
		    "shorter",
		    n, (int)l->facts->subject_max);
	if (shouts(c->subject))
		lint_add(l->report, "subject-caps", at, "the subject is all "
		    "capitals; write it as a sentence");
	buf_free(&all);
	buf_free(&sure);
}

static void
check_twin(struct lint *l, const struct lint_creative *c)
{
	if (*c->creative->text == '\0')
		lint_add(l->report, "text-missing", lint_conf_place(l,
		    (struct campaign_place){"creative", c->creative->name, NULL,
		        0}), "creative \"%s\" has no plain text; write text = "
		    "\"body.txt\" and say in it what the HTML says",
		    c->creative->name);
}

void
lint_campaign(struct lint *l)
{
	size_t i;

	check_from(l);
	check_unsubscribe(l);
	check_address(l);
	for (i = 0; i < l->n_creatives; i++) {
		check_subject(l, &l->creatives[i]);
		check_twin(l, &l->creatives[i]);
		check_way_out(l, &l->creatives[i].html);
		check_way_out(l, &l->creatives[i].text);
	}
}
