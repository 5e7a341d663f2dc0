#include "lib/mail/deferral.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* In this order: who says "greylisted" often says "rate" or "spam" as well, and
 * who says "too many" means it, whatever else he holds against the sender. */
static const struct {
	const char *word;
	enum deferral_cause cause;
} words[] = {
    {"greylist", DEFERRAL_GREYLISTING},
    {"graylist", DEFERRAL_GREYLISTING},
    {"grey list", DEFERRAL_GREYLISTING},
    {"grey-list", DEFERRAL_GREYLISTING},
    {"postgrey", DEFERRAL_GREYLISTING},
    {"first contact", DEFERRAL_GREYLISTING},
    {"rate limit", DEFERRAL_RATE},
    {"rate-limit", DEFERRAL_RATE},
    {"ratelimit", DEFERRAL_RATE},
    {"unusual rate", DEFERRAL_RATE},
    {"sending rate", DEFERRAL_RATE},
    {"throttl", DEFERRAL_RATE},
    {"too many", DEFERRAL_RATE},
    {"too much mail", DEFERRAL_RATE},
    {"too fast", DEFERRAL_RATE},
    {"too quickly", DEFERRAL_RATE},
    {"unexpected volume", DEFERRAL_RATE},
    {"exceeded", DEFERRAL_RATE},
    {"connection limit", DEFERRAL_RATE},
    {"concurrent", DEFERRAL_RATE},
    {"reputation", DEFERRAL_REPUTATION},
    {"blacklist", DEFERRAL_REPUTATION},
    {"blocklist", DEFERRAL_REPUTATION},
    {"block list", DEFERRAL_REPUTATION},
    {"blocked", DEFERRAL_REPUTATION},
    {"spamhaus", DEFERRAL_REPUTATION},
    {"dnsbl", DEFERRAL_REPUTATION},
    {"complaint", DEFERRAL_REPUTATION},
    {"suspicious", DEFERRAL_REPUTATION},
    {"unsolicited", DEFERRAL_REPUTATION},
    {"spam", DEFERRAL_REPUTATION},
};

/* What the server itself said; NULL when the words are our own MTA's.  A host's
 * name before it must not be taken for a reason. */
static const char *
reply_of(const char *text)
{
	static const char *const before[] = {" said: ",
	    " refused to talk to me: "};
	const char *at;
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		at = strstr(text, before[i]);
		if (at)
			return at + strlen(before[i]);
	}
	return isdigit((unsigned char)*text) ? text : NULL;
}

/* Is the word there, outside of <addresses>? */
static int
says(const char *reply, const char *word)
{
	const char *at = reply, *back;

	while ((at = strcasestr(at, word)) != NULL) {
		for (back = at; back > reply && *back != '<' && *back != '>';)
			back--;
		if (*back != '<' || !strchr(at, '>'))
			return 1;
		at = strchr(at, '>');
	}
	return 0;
}

/* Without a word that is known: "4.7.28", mail flood; "4.4.5", congestion;
 * "4.7.20" to "4.7.27", no valid SPF or DKIM. */
static enum deferral_cause
by_code(const char *dsn)
{
	if (strcmp(dsn, "4.7.28") == 0 || strcmp(dsn, "4.4.5") == 0)
		return DEFERRAL_RATE;
	if (strncmp(dsn, "4.7.2", 5) == 0 && isdigit((unsigned char)dsn[5]) &&
	    dsn[6] == '\0')
		return DEFERRAL_REPUTATION;
	return DEFERRAL_OTHER;
}

enum deferral_cause
deferral_cause(const char *dsn, const char *text)
{
	const char *reply = reply_of(text);
	/* The recipient's own address or mailbox (RFC 3463 section 3): another
	 * gateway would hear the same. */
	int personal = strncmp(dsn, "4.1.", 4) == 0 ||
	    strncmp(dsn, "4.2.", 4) == 0;
	size_t i;

	if (!reply)
		return DEFERRAL_OTHER;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (personal && words[i].cause != DEFERRAL_GREYLISTING)
			break;
		if (says(reply, words[i].word))
			return words[i].cause;
	}
	return personal ? DEFERRAL_MAILBOX : by_code(dsn);
}

const char *
deferral_cause_name(enum deferral_cause cause)
{
	static const char *const names[] = {"other", "rate", "reputation",
	    "greylisting", "mailbox"};

	return names[cause];
}
