/* The callbacks of a connection: what libmilter and the MTA agree upon, and who
 * the client is.
 *
 * libmilter's workers give one connection's callbacks to different threads, but
 * one at a time, so the session needs no lock.  xxfi_close may be the only
 * callback there is. */
#include "lib/mail/session_state.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"

static const struct session_ops *the_ops; /* set once, before libmilter runs */

struct session *
session_get(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->ops = the_ops;
	if (smfi_setpriv(ctx, s) == MI_SUCCESS)
		return s;
	free(s);
	return NULL;
}

/* Macros that are not wanted would be sent with every step.  libmilter takes no
 * empty list. */
static void
choose_macros(SMFICTX *ctx)
{
	static const struct {
		int stage;
		const char *macros;
	} lists[] = {
	    {SMFIM_CONNECT, "{daemon_name}"},
	    {SMFIM_ENVFROM, "{auth_authen} {cert_subject} {verify}"},
	    {SMFIM_ENVRCPT, "i"},
	    {SMFIM_EOH, "i"},
	    {SMFIM_EOM, "i"},
	};
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		(void)smfi_setsymlist(ctx, lists[i].stage,
		    session_unconst(lists[i].macros));
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long offered, unsigned long steps,
    unsigned long f2, unsigned long f3, unsigned long *actions_r,
    unsigned long *steps_r, unsigned long *f2_r, unsigned long *f3_r)
{
	const unsigned long wanted_steps = SMFIP_NOHELO | SMFIP_NODATA |
	    SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
	    SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_SKIP | SMFIP_HDR_LEADSPC;
	unsigned long wanted = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT |
	    SMFIF_ADDRCPT_PAR;
	struct session *s = session_get(ctx);

	(void)f2;
	(void)f3;
	if (!s)
		return SMFIS_REJECT;
	if (!s->ops->never_body)
		wanted |= SMFIF_CHGBODY;
	if (!s->ops->never_from)
		wanted |= SMFIF_CHGFROM;
	if ((offered & wanted) != wanted) {
		log_warnx("the MTA lacks milter actions: offers 0x%lx, needed "
		    "0x%lx; Postfix 2.9 or Sendmail 8.14 has them", offered,
		    wanted);
		return SMFIS_REJECT;
	}
	if (offered & SMFIF_SETSYMLIST) {
		wanted |= SMFIF_SETSYMLIST;
		choose_macros(ctx);
	}
	steps &= wanted_steps;
	s->quiet_connect = (steps & SMFIP_NR_CONN) != 0;
	s->quiet_mail = (steps & SMFIP_NR_MAIL) != 0;
	s->quiet_rcpt = (steps & SMFIP_NR_RCPT) != 0;
	s->quiet_header = (steps & SMFIP_NR_HDR) != 0;
	s->quiet_body = (steps & SMFIP_NR_BODY) != 0;
	s->skip = (steps & SMFIP_SKIP) != 0;
	s->leading_space = (steps & SMFIP_HDR_LEADSPC) != 0;
	*actions_r = wanted;
	*steps_r = steps;
	*f2_r = *f3_r = 0;
	return SMFIS_CONTINUE;
}

const char *
session_macro(SMFICTX *ctx, const char *name)
{
	return smfi_getsymval(ctx, session_unconst(name));
}

static void
remember_client(struct session *s, const _SOCK_ADDR *address)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	memset(&s->client, 0, sizeof(s->client));
	if (!address)
		return;
	if (address->sa_family == AF_INET) {
		memcpy(&four, address, sizeof(four));
		memcpy(&s->client, &four, sizeof(four));
		s->no_port = four.sin_port == 0;
	} else if (address->sa_family == AF_INET6) {
		memcpy(&six, address, sizeof(six));
		memcpy(&s->client, &six, sizeof(six));
		s->no_port = six.sin6_port == 0;
	}
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct session *s = session_get(ctx);
	const char *daemon;

	if (!s)
		return SMFIS_TEMPFAIL;
	remember_client(s, address);
	free(s->client_name);
	s->client_name = xstrdup(name ? name : "");
	free(s->daemon);
	daemon = session_macro(ctx, "{daemon_name}");
	s->daemon = daemon ? xstrdup(daemon) : NULL;
	return session_quietly(s->quiet_connect);
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (!s)
		return SMFIS_CONTINUE;
	session_message_end(s);
	free(s->client_name);
	free(s->daemon);
	free(s);
	(void)smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

struct smfiDesc
session_desc(const struct session_ops *ops)
{
	struct smfiDesc d = {
	    .xxfi_name = session_unconst(ops->name),
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT |
	        SMFIF_ADDRCPT_PAR | SMFIF_CHGBODY | SMFIF_CHGFROM |
	        SMFIF_SETSYMLIST,
	    .xxfi_connect = on_connect,
	    .xxfi_envfrom = session_on_mail,
	    .xxfi_envrcpt = session_on_rcpt,
	    .xxfi_header = session_on_header,
	    .xxfi_eoh = session_on_eoh,
	    .xxfi_body = session_on_body,
	    .xxfi_eom = session_on_eom,
	    .xxfi_abort = session_on_abort,
	    .xxfi_close = on_close,
	    .xxfi_negotiate = on_negotiate,
	};

	the_ops = ops;
	return d;
}
