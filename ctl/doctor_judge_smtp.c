/* Judgements about what the MTA said to a probe. */
#include "config.h"

#include "ctl/doctor.h"

#define SENDMAIL_M4 "sendmail.mc include sendmail.m4 as its last line " \
	"(nearpostctl print tables --sendmail), make sendmail.cf anew and restart " \
	"Sendmail"

/* We never came to the question: nobody does who comes from this host without
 * TLS and a login.  But who is put off before a recipient was named is so for no
 * reason of his own. */
static void
judge_way_in(struct doctor *d, const char *subject,
    const struct doctor_probe *p)
{
	if (p->code == 0)
		doctor_say(d, FINDING_FAIL, subject, "%s: %s; does %s?",
		    p->where, p->text, p->sendmail ? "Sendmail run, and was it "
		    "restarted since sendmail.cf was made" : "Postfix run "
		    "(postfix status), and has it read master.cf (postfix "
		    "reload)");
	else if (p->code < 500 && p->step < DOCTOR_RCPT)
		doctor_say(d, FINDING_WARN, subject, "it puts everything off: "
		    "%s; the mail log says why", p->text);
	else
		doctor_say(d, FINDING_OK, subject, "not asked, it says: %s",
		    p->text);
}

static bool
is_ours(const char *text)
{
	return strstr(text, "nearpost:") != NULL;
}

void
doctor_judge_stub(struct doctor *d, const struct doctor_probe *p)
{
	const char *subject = arena_printf(d->arena, "%s, a stub", p->service);

	if (p->step != DOCTOR_DOT || p->code == 0)
		judge_way_in(d, subject, p);
	else if (p->code < 400)
		doctor_say(d, p->loopback ? FINDING_WARN : FINDING_FAIL, subject,
		    "is TAKEN past nearpost and would reach its recipient bare "
		    "(%s); let %s%s", p->text, p->sendmail ? SENDMAIL_M4 :
		    "its cleanup have the header_checks of nearpostctl print "
		    "main, and no no_header_body_checks",
		    p->loopback ? ", or see that only a content filter may use "
		    "it" : "");
	else if (is_ours(p->text))
		doctor_say(d, FINDING_OK, subject, "is refused: %s", p->text);
	else
		doctor_say(d, FINDING_WARN, subject, "is refused, but not by "
		    "nearpost: %s; whether another one would pass is not known",
		    p->text);
}

void
doctor_judge_relay_domain(struct doctor *d, const struct doctor_probe *p)
{
	const char *subject = arena_printf(d->arena, "%s, relay domain",
	    p->service);

	if (p->step != DOCTOR_RCPT || p->code == 0)
		judge_way_in(d, subject, p);
	else if (p->code >= 500)
		doctor_say(d, FINDING_OK, subject, "is refused: %s", p->text);
	else if (p->code >= 400)
		doctor_say(d, FINDING_WARN, subject, "is put off and not "
		    "refused: %s; whether it is taken later is not known",
		    p->text);
	else
		doctor_say(d, FINDING_FAIL, subject, "is TAKEN from outside; %s",
		    p->sendmail ? "let " SENDMAIL_M4 : "put "
		    "check_recipient_access regexp:.../recipient_access first in "
		    "its smtpd_recipient_restrictions (nearpostctl print main)");
}

void
doctor_judge_signing(struct doctor *d, const struct doctor_signing *s)
{
	const char *subject = arena_printf(d->arena, "DKIM for %s", s->domain);

	if (s->signer)
		doctor_say(d, FINDING_OK, subject, "%s signs what comes from %s",
		    s->signer, s->initiator);
	else if (s->dead)
		doctor_say(d, FINDING_FAIL, subject, "%s, behind ours: %s; "
		    "%s until it is started again", s->dead, s->why,
		    s->passes ? "every advert leaves without it" :
		    "every advert waits");
	else
		doctor_say(d, FINDING_WARN, subject, "no milter behind ours (%s) "
		    "signs what comes from the initiator at %s, and adverts leave "
		    "unsigned; OpenDKIM only verifies what is not from its "
		    "InternalHosts: add %s there, and see that its Domain or "
		    "SigningTable has %s", s->others, s->initiator, s->initiator,
		    s->domain);
}
