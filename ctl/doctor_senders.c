/* The domains that campaigns are sent from, by what their files say. */
#include "config.h"

#include <netdb.h>
#include <stdlib.h>

#include "ctl/doctor.h"
#include "lib/mail/campaign.h"
#include "lib/mail/mailbox.h"

const char *
doctor_address(struct doctor *d, const struct sockaddr_storage *a)
{
	char text[64] = "";

	(void)getnameinfo((const struct sockaddr *)a, a->ss_family == AF_INET ?
	    sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6), text,
	    sizeof(text), NULL, 0, NI_NUMERICHOST);
	return arena_strdup(d->arena, text);
}

static void
add_sender(struct doctor *d, struct doctor_senders *s, const char *mailbox,
    bool in_envelope, bool in_from)
{
	struct address a;
	const char *error;
	int i;

	/* A template that only a recipient fills is nobody's domain yet. */
	if (!*mailbox || mailbox_first(d->arena, slice_of(mailbox), &a,
	    &error) < 0)
		return;
	for (i = 0; i < s->n; i++)
		if (strcmp(s->domain[i], a.domain) == 0)
			break;
	if (i == DOCTOR_SENDERS_MAX)
		return;
	if (i == s->n) {
		s->domain[s->n++] = a.domain;
		s->address[i] = address_text(d->arena, &a);
	}
	s->in_envelope[i] |= in_envelope;
	s->in_from[i] |= in_from;
}

/* A set that cannot be read is for doctor_assets() to find. */
static void
take_set(struct doctor *d, struct doctor_senders *s, const char *dir)
{
	struct setting_list list = {0};
	char *error = NULL;
	struct manifest *m = manifest_load(dir, &error);

	if (m && campaign_list(m, &list) == 0)
		for (size_t i = 0; i < list.n; i++) {
			struct campaign *c = campaign_load(dir, list.items[i],
			    NULL, &error);

			free(error);
			error = NULL;
			if (!c)
				continue;
			add_sender(d, s, c->bounce, true, false);
			add_sender(d, s, c->from, !*c->bounce, true);
			campaign_free(&c);
		}
	for (size_t i = 0; i < list.n; i++)
		free(list.items[i]);
	free(list.items);
	free(error);
	manifest_free(&m);
}

void
doctor_senders(struct doctor *d, struct doctor_senders *s_r)
{
	const struct config *c = &d->ctl->config;
	const char *const *dirs;
	char *error = NULL;
	size_t n;

	*s_r = (struct doctor_senders){.n = 0};
	if (!d->gateway)
		take_set(d, s_r, c->policyd.assets);
	else if (manifest_sets(c->agent.assets, d->arena, &dirs, &n,
	    &error) == 0 && n)
		take_set(d, s_r, dirs[0]);
	free(error);
}
