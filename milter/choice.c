#include "milter/choice.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/base/log.h"

void
choice_question(const struct choice *c, const struct stub *stub,
    const struct choice_asker *by, size_t earlier, struct buf *out)
{
	char *recipient = xasprintf("%s@%s", c->address.local,
	    c->address.domain);
	size_t i;

	policy_add_str(out, "request", "nearpost_select");
	policy_add_str(out, "campaign", stub->campaign);
	policy_add_str(out, "recipient", recipient);
	policy_add_str(out, "sender", by->sender);
	if (stub->creative)
		policy_add_str(out, "creative", stub->creative);
	policy_add_str(out, "routable", by->routable);
	policy_addf(out, "now_ms", "%lld", (long long)by->now_ms);
	if (earlier)
		policy_addf(out, "earlier", "%zu", earlier);
	policy_add_str(out, "ticket", c->ticket);
	policy_add_str(out, "queue_id", by->queue_id);
	for (i = 0; i < stub->vars.n; i++) {
		char *name = xasprintf("var.%s", stub->vars.list[i].name);

		policy_add(out, name, stub->vars.list[i].value);
		free(name);
	}
	policy_end(out);
	free(recipient);
}

static void
not_understood(struct choice *c, const char *queue_id, const char *what)
{
	char safe[256];

	log_warnx("%s: policyd's answer about %s@%s is not understood: %s",
	    queue_id, log_safe(safe, sizeof(safe), c->address.local),
	    c->address.domain, what);
	c->kind = CHOICE_DEFER;
	c->cause = REFUSAL_ANSWER;
	c->code = c->enhanced = "";
	c->text = "the choice of a gateway failed, try again later";
}

static bool
digest_ok(const char *s)
{
	size_t i;

	if (strncmp(s, "sha256:", 7) != 0 || strlen(s) != 7 + 64)
		return false;
	for (i = 7; s[i]; i++)
		if (!strchr("0123456789abcdef", s[i]))
			return false;
	return true;
}

/* data.NAME=VALUE; NULL or what is wrong. */
static const char *
take_record(struct arena *arena, const struct policy_message *answer,
    struct choice *c)
{
	const char *error = NULL;
	size_t i;

	vars_init(&c->record, arena);
	for (i = 0; i < answer->n; i++) {
		struct slice name = answer->attrs[i].name;

		if (name.len <= 5 || memcmp(name.data, "data.", 5) != 0)
			continue;
		name.data += 5;
		name.len -= 5;
		if (vars_set(&c->record, name, answer->attrs[i].value,
		        &error) != 0)
			return error;
	}
	return NULL;
}

static const char *
take_relay(struct arena *arena, const struct policy_message *answer,
    struct choice *c)
{
	c->kind = CHOICE_RELAY;
	/* First of all, so that the booking can be undone whatever follows. */
	c->booking = policy_get_str(arena, answer, "booking");
	c->creative = policy_get_str(arena, answer, "creative");
	c->asset_digest = policy_get_str(arena, answer, "asset_digest");
	c->score_ms = policy_get_str(arena, answer, "score_ms");
	if (ranking_parse(policy_get(answer, "gateways"), ',',
	        &c->gateways) != 0)
		return "gateways is no ranking";
	if (!*c->creative)
		return "creative is empty";
	if (!digest_ok(c->asset_digest))
		return "asset_digest is no sha256:...";
	return take_record(arena, answer, c);
}

static bool
digits_and_dots(const char *s, char first)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (!isdigit((unsigned char)s[i]) && s[i] != '.')
			return false;
	return s[0] == first;
}

/* code=556 5.1.10, when it fits a permanent failure. */
static void
take_code(struct arena *arena, const struct policy_message *answer,
    struct choice *c)
{
	char *code = arena_strdup(arena, policy_get_str(arena, answer, "code"));
	char *blank = strchr(code, ' ');

	c->code = c->enhanced = "";
	if (!blank)
		return;
	*blank = '\0';
	if (strlen(code) != 3 || strchr(code, '.') ||
	    !digits_and_dots(code, '5') || !digits_and_dots(blank + 1, '5'))
		return;
	c->code = code;
	c->enhanced = blank + 1;
}

void
choice_answer(struct arena *arena, const struct policy_message *answer,
    const char *queue_id, struct choice *c)
{
	char *action = arena_strdup(arena,
	    policy_get_str(arena, answer, "action"));
	char *text = strchr(action, ' ');
	const char *wrong = NULL;

	if (text)
		*text++ = '\0';
	c->text = text && *text ? text : "no reason given";
	c->code = c->enhanced = "";
	c->reason = policy_get_str(arena, answer, "reason");
	if (strcasecmp(action, "RELAY") == 0) {
		wrong = take_relay(arena, answer, c);
	} else if (strcasecmp(action, "SUPPRESSED") == 0) {
		c->kind = CHOICE_SUPPRESSED;
		c->since = policy_get_str(arena, answer, "since");
	} else if (strcasecmp(action, "DEFER") == 0) {
		c->kind = CHOICE_DEFER;
	} else if (strcasecmp(action, "REJECT") == 0) {
		c->kind = CHOICE_REJECT;
		take_code(arena, answer, c);
	} else {
		wrong = "action is none of RELAY, SUPPRESSED, DEFER, REJECT";
	}
	if (wrong)
		not_understood(c, queue_id, wrong);
}
